SELECT count(*) FILTER (WHERE core_actions >= 2) AS engaged, count(*) AS active
FROM (
  SELECT e.user_id, count(*) FILTER (WHERE e.name = 'core_action') AS core_actions
  FROM events e
  JOIN users u USING (user_id)
  JOIN accounts a USING (account_id)
  WHERE NOT a.is_internal
    AND e.occurred_at >= :period_start AND e.occurred_at < :period_end
  GROUP BY e.user_id
) active
