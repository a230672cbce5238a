-- Whoever comes back was won long ago. Whoever left within the month was still won.
SELECT count(*) AS accounts
FROM (
  SELECT s.account_id
  FROM subscriptions s
  JOIN accounts a USING (account_id)
  WHERE NOT a.is_internal
    AND NOT s.is_trial AND s.mrr_cents > 0
  GROUP BY s.account_id
  HAVING min(s.started_at) >= :period_start AND min(s.started_at) < :period_end
) first_paid
