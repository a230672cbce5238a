-- Whoever signed up in the last 7 days still has time: not yet in the cohort.
SELECT count(CASE WHEN EXISTS (
         SELECT 1 FROM events e
         WHERE e.user_id = u.user_id AND e.name = 'core_action'
           AND e.occurred_at >= u.created_at AND e.occurred_at < u.created_at + INTERVAL 168 HOUR
       ) THEN 1 END) AS activated,
       count(*) AS signups
FROM users u
JOIN accounts a USING (account_id)
WHERE NOT a.is_internal
  AND u.created_at >= :period_start AND u.created_at < :as_of - INTERVAL 168 HOUR
