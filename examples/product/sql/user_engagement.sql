SELECT count(*) FILTER (WHERE active.core_actions >= 2) AS engaged, count(*) AS active
FROM (
  SELECT user_id, count(*) FILTER (WHERE name = 'core_action') AS core_actions
  FROM events
  WHERE occurred_at >= :period_start AND occurred_at < :period_end
  GROUP BY user_id
) active
JOIN users u USING (user_id)
JOIN accounts a USING (account_id)
WHERE NOT a.is_internal
