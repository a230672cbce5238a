-- It knows only what was finished: ideas still under way are not in it.
WITH released AS (
  SELECT TIMESTAMPDIFF(MICROSECOND, approved_at, released_at) / 1e6 AS seconds,
         row_number() OVER (ORDER BY TIMESTAMPDIFF(MICROSECOND, approved_at, released_at)) AS place,
         count(*) OVER () AS features
  FROM features
  WHERE released_at >= :period_start AND released_at < :period_end
)
-- The median: the one in the middle, or the mean of the two.
SELECT avg(CASE WHEN place IN ((features + 1) DIV 2, features DIV 2 + 1) THEN seconds END) AS value, count(*) AS features
FROM released
