-- Millions of events become thousands of people first, and only those meet users and accounts.
SELECT count(*) AS value
FROM (
  SELECT user_id
  FROM events
  WHERE occurred_at >= :period_start AND occurred_at < :period_end
  GROUP BY user_id
) active
JOIN users u USING (user_id)
JOIN accounts a USING (account_id)
WHERE NOT a.is_internal
