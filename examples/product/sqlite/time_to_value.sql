-- It knows only those who got there: read it beside activation.
WITH first_actions AS (
  SELECT u.user_id, unixepoch(min(e.occurred_at)) - unixepoch(u.created_at) AS seconds
  FROM events e
  JOIN users u USING (user_id)
  JOIN accounts a USING (account_id)
  WHERE NOT a.is_internal
    AND e.name = 'core_action'
    AND e.occurred_at >= :period_start AND e.occurred_at < :period_end
    AND NOT EXISTS (
      SELECT 1 FROM events earlier
      WHERE earlier.user_id = e.user_id AND earlier.name = 'core_action'
        AND earlier.occurred_at < :period_start
    )
  GROUP BY u.user_id
), ranked AS (
  SELECT seconds, row_number() OVER (ORDER BY seconds) AS place, count(*) OVER () AS people
  FROM first_actions
)
-- The median: the one in the middle, or the mean of the two.
SELECT avg(seconds) FILTER (WHERE place IN ((people + 1) / 2, people / 2 + 1)) AS value, count(*) AS people
FROM ranked
