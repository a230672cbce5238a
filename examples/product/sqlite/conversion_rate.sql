-- A free plan is not a conversion. A customer who has since left again still counts.
SELECT count(*) FILTER (WHERE EXISTS (
         SELECT 1 FROM subscriptions s
         WHERE s.account_id = t.account_id AND NOT s.is_trial AND s.mrr_cents > 0
           AND s.started_at >= t.started_at AND s.started_at <= datetime(t.ended_at, '+168 hours')
           AND s.started_at <= :as_of
       )) AS converted,
       count(*) AS trials
FROM subscriptions t
JOIN accounts a USING (account_id)
WHERE NOT a.is_internal
  AND t.is_trial
  AND t.ended_at >= :period_start AND t.ended_at < :period_end
