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
)
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM acted_at - created_at)) AS value,
       count(*) AS people
FROM first_actions
WHERE acted_at >= :period_start AND acted_at < :period_end
