WITH paying AS (
  SELECT s.account_id,
         coalesce(sum(s.mrr_cents) FILTER (WHERE s.started_at <= :period_start
           AND (s.ended_at IS NULL OR s.ended_at > :period_start)), 0) AS opening_cents,
         coalesce(sum(s.mrr_cents) FILTER (WHERE s.started_at <= :period_end
           AND (s.ended_at IS NULL OR s.ended_at > :period_end)), 0) AS closing_cents
  FROM subscriptions s
  JOIN accounts a USING (account_id)
  WHERE NOT a.is_internal
    AND NOT s.is_trial AND s.mrr_cents > 0
  GROUP BY s.account_id
)
SELECT count(*) AS customers,
       count(*) FILTER (WHERE closing_cents = 0) AS lost,
       count(*) FILTER (WHERE closing_cents > 0) AS kept,
       coalesce(sum(opening_cents), 0) / 100.0 AS mrr,
       coalesce(sum(opening_cents - closing_cents) FILTER (WHERE closing_cents < opening_cents), 0) / 100.0 AS mrr_lost
FROM paying
WHERE opening_cents > 0
