SELECT count(*) AS value
FROM signups
WHERE at >= :period_start
