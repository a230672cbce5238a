WITH done AS (
  SELECT unixepoch(done_at) - unixepoch(started_at) AS seconds,
         row_number() OVER (ORDER BY unixepoch(done_at) - unixepoch(started_at)) AS place,
         count(*) OVER () AS items
  FROM work_items
  WHERE started_at IS NOT NULL
    AND done_at >= :period_start AND done_at < :period_end
)
-- The median: the one in the middle, or the mean of the two.
SELECT avg(seconds) FILTER (WHERE place IN ((items + 1) / 2, items / 2 + 1)) AS value, count(*) AS items
FROM done
