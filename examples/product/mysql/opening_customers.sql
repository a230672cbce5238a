WITH paying AS (
  SELECT s.account_id,
         coalesce(sum(CASE WHEN s.started_at <= :period_start
           AND (s.ended_at IS NULL OR s.ended_at > :period_start) THEN s.mrr_cents END), 0) AS opening_cents,
         coalesce(sum(CASE WHEN s.started_at <= :period_end
           AND (s.ended_at IS NULL OR s.ended_at > :period_end) THEN s.mrr_cents END), 0) AS closing_cents
  FROM subscriptions s
  JOIN accounts a USING (account_id)
  WHERE NOT a.is_internal
    AND NOT s.is_trial AND s.mrr_cents > 0
  GROUP BY s.account_id
)
SELECT count(*) AS customers,
       count(CASE WHEN closing_cents = 0 THEN 1 END) AS lost,
       count(CASE WHEN closing_cents > 0 THEN 1 END) AS kept,
       coalesce(sum(opening_cents), 0) / 100.0 AS mrr,
       coalesce(sum(CASE WHEN closing_cents < opening_cents THEN opening_cents - closing_cents END), 0) / 100.0 AS mrr_lost
FROM paying
WHERE opening_cents > 0
