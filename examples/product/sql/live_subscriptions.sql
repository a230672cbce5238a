SELECT coalesce(sum(s.mrr_cents), 0) / 100.0 AS mrr, count(DISTINCT s.account_id) AS accounts
FROM subscriptions s
JOIN accounts a USING (account_id)
WHERE NOT a.is_internal
  AND NOT s.is_trial AND s.mrr_cents > 0
  AND s.started_at <= :as_of AND (s.ended_at IS NULL OR s.ended_at > :as_of)
