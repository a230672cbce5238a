SELECT severity_class, sum(good) AS good, sum("all") AS "all", count(*) AS n, 1 AS items
FROM quality
WHERE at >= :period_start AND at < :period_end
GROUP BY severity_class
