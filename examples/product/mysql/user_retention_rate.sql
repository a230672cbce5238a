SELECT count(CASE WHEN earlier.still_here THEN 1 END) AS still_active, count(*) AS active_before
FROM (
  SELECT user_id, max(occurred_at) >= :period_start AS still_here
  FROM events
  WHERE occurred_at >= :previous_start AND occurred_at < :period_end
  GROUP BY user_id
  -- New people cannot raise it.
  HAVING min(occurred_at) < :previous_end
) earlier
JOIN users u USING (user_id)
JOIN accounts a USING (account_id)
WHERE NOT a.is_internal
