-- A free plan is not a conversion. A customer who has since left again still counts.
SELECT count(CASE WHEN EXISTS (
         SELECT 1 FROM subscriptions s
         WHERE s.account_id = t.account_id AND NOT s.is_trial AND s.mrr_cents > 0
           AND s.started_at >= t.started_at AND s.started_at <= t.ended_at + INTERVAL 168 HOUR
           AND s.started_at <= :as_of
       ) THEN 1 END) AS converted,
       count(*) AS trials
FROM subscriptions t
JOIN accounts a USING (account_id)
WHERE NOT a.is_internal
  AND t.is_trial
  AND t.ended_at >= :period_start AND t.ended_at < :period_end
