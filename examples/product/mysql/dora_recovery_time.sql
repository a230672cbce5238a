-- A failure that is still open is not in it yet. A row restored though it never failed says nothing.
WITH restored AS (
  SELECT TIMESTAMPDIFF(MICROSECOND, failed_at, restored_at) / 1e6 AS seconds,
         row_number() OVER (ORDER BY TIMESTAMPDIFF(MICROSECOND, failed_at, restored_at)) AS place,
         count(*) OVER () AS failures
  FROM deploys
  WHERE environment = 'production' AND failed_at IS NOT NULL
    AND restored_at >= :period_start AND restored_at < :period_end
)
-- The median: the one in the middle, or the mean of the two.
SELECT avg(CASE WHEN place IN ((failures + 1) DIV 2, failures DIV 2 + 1) THEN seconds END) AS value, count(*) AS failures
FROM restored
