WITH deployed AS (
  SELECT TIMESTAMPDIFF(MICROSECOND, c.committed_at, d.deployed_at) / 1e6 AS seconds,
         row_number() OVER (ORDER BY TIMESTAMPDIFF(MICROSECOND, c.committed_at, d.deployed_at)) AS place,
         count(*) OVER () AS changes
  FROM deploys d
  JOIN changes c USING (deploy_id)
  WHERE d.environment = 'production'
    AND d.deployed_at >= :period_start AND d.deployed_at < :period_end
)
-- The median: the one in the middle, or the mean of the two.
SELECT avg(CASE WHEN place IN ((changes + 1) DIV 2, changes DIV 2 + 1) THEN seconds END) AS value, count(*) AS changes
FROM deployed
