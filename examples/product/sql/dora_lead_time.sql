SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM d.deployed_at - c.committed_at)) AS value,
       count(*) AS changes
FROM deploys d
JOIN changes c USING (deploy_id)
WHERE d.environment = 'production'
  AND d.deployed_at >= :period_start AND d.deployed_at < :period_end
