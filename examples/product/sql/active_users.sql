SELECT count(DISTINCT e.user_id) AS value
FROM events e
JOIN users u USING (user_id)
JOIN accounts a USING (account_id)
WHERE NOT a.is_internal
  AND e.occurred_at >= :period_start AND e.occurred_at < :period_end
