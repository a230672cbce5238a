-- It knows only those who got there: read it beside activation. One look into an index per person: it does not matter
-- how much they did since.
WITH first_actions AS (
  SELECT u.created_at, (
           SELECT min(e.occurred_at)
           FROM events e
           WHERE e.user_id = u.user_id AND e.name = 'core_action'
         ) AS acted_at
  FROM users u
  JOIN accounts a USING (account_id)
  WHERE NOT a.is_internal
), ranked AS (
  SELECT TIMESTAMPDIFF(MICROSECOND, created_at, acted_at) / 1e6 AS seconds,
         row_number() OVER (ORDER BY TIMESTAMPDIFF(MICROSECOND, created_at, acted_at)) AS place,
         count(*) OVER () AS people
  FROM first_actions
  WHERE acted_at >= :period_start AND acted_at < :period_end
)
-- The median: the one in the middle, or the mean of the two.
SELECT avg(CASE WHEN place IN ((people + 1) DIV 2, people DIV 2 + 1) THEN seconds END) AS value, count(*) AS people
FROM ranked
