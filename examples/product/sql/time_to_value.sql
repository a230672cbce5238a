-- It knows only those who got there: read it beside activation.
WITH first_actions AS (
  SELECT u.user_id, u.created_at, min(e.occurred_at) AS acted_at
  FROM events e
  JOIN users u USING (user_id)
  JOIN accounts a USING (account_id)
  WHERE NOT a.is_internal
    AND e.name = 'core_action'
    AND e.occurred_at >= :period_start AND e.occurred_at < :period_end
    AND NOT EXISTS (
      SELECT FROM events earlier
      WHERE earlier.user_id = e.user_id AND earlier.name = 'core_action'
        AND earlier.occurred_at < :period_start
    )
  GROUP BY u.user_id, u.created_at
)
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM acted_at - created_at)) AS value,
       count(*) AS people
FROM first_actions
