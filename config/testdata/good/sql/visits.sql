
SELECT count(*) AS value
FROM visits
WHERE at >= :period_start AND at < :period_end;
