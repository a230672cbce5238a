WITH deployed AS (
  SELECT unixepoch(d.deployed_at) - unixepoch(c.committed_at) AS seconds,
         row_number() OVER (ORDER BY unixepoch(d.deployed_at) - unixepoch(c.committed_at)) AS place,
         count(*) OVER () AS changes
  FROM deploys d
  JOIN changes c USING (deploy_id)
  WHERE d.environment = 'production'
    AND d.deployed_at >= :period_start AND d.deployed_at < :period_end
)
-- The median: the one in the middle, or the mean of the two.
SELECT avg(seconds) FILTER (WHERE place IN ((changes + 1) / 2, changes / 2 + 1)) AS value, count(*) AS changes
FROM deployed
