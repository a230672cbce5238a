-- It knows only what was finished: ideas still under way are not in it.
WITH released AS (
  SELECT unixepoch(released_at) - unixepoch(approved_at) AS seconds,
         row_number() OVER (ORDER BY unixepoch(released_at) - unixepoch(approved_at)) AS place,
         count(*) OVER () AS features
  FROM features
  WHERE released_at >= :period_start AND released_at < :period_end
)
-- The median: the one in the middle, or the mean of the two.
SELECT avg(seconds) FILTER (WHERE place IN ((features + 1) / 2, features / 2 + 1)) AS value, count(*) AS features
FROM released
