-- A failure that is still open is not in it yet. A row restored though it never failed says nothing.
WITH restored AS (
  SELECT unixepoch(restored_at) - unixepoch(failed_at) AS seconds,
         row_number() OVER (ORDER BY unixepoch(restored_at) - unixepoch(failed_at)) AS place,
         count(*) OVER () AS failures
  FROM deploys
  WHERE environment = 'production' AND failed_at IS NOT NULL
    AND restored_at >= :period_start AND restored_at < :period_end
)
-- The median: the one in the middle, or the mean of the two.
SELECT avg(seconds) FILTER (WHERE place IN ((failures + 1) / 2, failures / 2 + 1)) AS value, count(*) AS failures
FROM restored
