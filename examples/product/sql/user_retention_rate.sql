SELECT count(*) FILTER (WHERE still_here) AS still_active, count(*) AS active_before
FROM (
  SELECT e.user_id, max(e.occurred_at) >= :period_start AS still_here
  FROM events e
  JOIN users u USING (user_id)
  JOIN accounts a USING (account_id)
  WHERE NOT a.is_internal
    AND e.occurred_at >= :previous_start AND e.occurred_at < :period_end
  GROUP BY e.user_id
  -- New people cannot raise it.
  HAVING min(e.occurred_at) < :previous_end
) earlier
