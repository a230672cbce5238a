SELECT count(CASE WHEN failed_at <= :as_of THEN 1 END) AS failed, count(*) AS deploys
FROM deploys
WHERE environment = 'production'
  AND deployed_at >= :period_start AND deployed_at < :period_end
