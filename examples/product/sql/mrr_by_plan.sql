SELECT s.plan, sum(s.mrr_cents) / 100.0 AS value
FROM subscriptions s
JOIN accounts a USING (account_id)
WHERE NOT a.is_internal
  AND NOT s.is_trial AND s.mrr_cents > 0
  AND s.started_at <= :as_of AND (s.ended_at IS NULL OR s.ended_at > :as_of)
GROUP BY s.plan
