SELECT count(*) / 30.0 AS value
FROM deploys
WHERE environment = 'production'
  AND deployed_at >= :period_start AND deployed_at < :period_end
