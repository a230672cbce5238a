SELECT count(CASE WHEN active.core_actions >= 2 THEN 1 END) AS engaged, count(*) AS active
FROM (
  SELECT user_id, count(CASE WHEN name = 'core_action' THEN 1 END) AS core_actions
  FROM events
  WHERE occurred_at >= :period_start AND occurred_at < :period_end
  GROUP BY user_id
) active
JOIN users u USING (user_id)
JOIN accounts a USING (account_id)
WHERE NOT a.is_internal
