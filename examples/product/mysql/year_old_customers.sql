WITH paying AS (
  SELECT s.account_id,
         coalesce(sum(CASE WHEN s.started_at <= :period_start
           AND (s.ended_at IS NULL OR s.ended_at > :period_start) THEN s.mrr_cents END), 0) AS then_cents,
         coalesce(sum(CASE WHEN s.started_at <= :as_of
           AND (s.ended_at IS NULL OR s.ended_at > :as_of) THEN s.mrr_cents END), 0) AS now_cents
  FROM subscriptions s
  JOIN accounts a USING (account_id)
  WHERE NOT a.is_internal
    AND NOT s.is_trial AND s.mrr_cents > 0
  GROUP BY s.account_id
)
SELECT count(*) AS customers,
       coalesce(sum(then_cents), 0) / 100.0 AS mrr_then,
       coalesce(sum(now_cents), 0) / 100.0 AS mrr_now,
       -- An account that grew counts only as much as it paid then, so this part never exceeds the whole.
       coalesce(sum(CASE WHEN now_cents < then_cents THEN now_cents ELSE then_cents END), 0) / 100.0 AS mrr_kept
FROM paying
WHERE then_cents > 0
