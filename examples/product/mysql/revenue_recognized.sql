WITH earned AS (
  SELECT coalesce(sum(i.amount_cents * 1e0
           * TIMESTAMPDIFF(MICROSECOND, greatest(i.service_from, :period_start), least(i.service_to, :period_end))
           / TIMESTAMPDIFF(MICROSECOND, i.service_from, i.service_to)), 0) AS cents
  FROM invoices i
  JOIN accounts a USING (account_id)
  WHERE NOT a.is_internal
    AND i.service_from < :period_end AND i.service_to > :period_start
    -- What is issued or voided later must not change the value of an earlier instant.
    AND i.issued_at < :as_of AND (i.voided_at IS NULL OR i.voided_at >= :as_of)
), returned AS (
  SELECT coalesce(sum(p.amount_cents), 0) AS cents
  FROM payments p
  JOIN accounts a USING (account_id)
  WHERE NOT a.is_internal
    AND p.kind IN ('refund', 'chargeback')
    AND p.paid_at >= :period_start AND p.paid_at < :period_end
)
SELECT (earned.cents - returned.cents) / 100.0 AS value
FROM earned, returned
