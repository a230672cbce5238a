-- A refund counts on the day on which it is paid back, so that the past never changes.
SELECT coalesce(sum(CASE p.kind WHEN 'payment' THEN p.amount_cents ELSE -p.amount_cents END), 0) / 100.0 AS value
FROM payments p
JOIN accounts a USING (account_id)
WHERE NOT a.is_internal
  AND p.paid_at >= :period_start AND p.paid_at < :period_end
