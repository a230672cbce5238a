SELECT count(*) FILTER (WHERE failed_at <= :as_of) AS failed, count(*) AS deploys
FROM deploys
WHERE environment = 'production'
  AND deployed_at >= :period_start AND deployed_at < :period_end
