WITH done AS (
  SELECT TIMESTAMPDIFF(MICROSECOND, started_at, done_at) / 1e6 AS seconds,
         row_number() OVER (ORDER BY TIMESTAMPDIFF(MICROSECOND, started_at, done_at)) AS place,
         count(*) OVER () AS items
  FROM work_items
  WHERE started_at IS NOT NULL
    AND done_at >= :period_start AND done_at < :period_end
)
-- The median: the one in the middle, or the mean of the two.
SELECT avg(CASE WHEN place IN ((items + 1) DIV 2, items DIV 2 + 1) THEN seconds END) AS value, count(*) AS items
FROM done
