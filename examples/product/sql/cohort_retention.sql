WITH signups AS (
  SELECT u.user_id, (u.created_at AT TIME ZONE :timezone)::date AS day
  FROM users u
  JOIN accounts a USING (account_id)
  WHERE NOT a.is_internal
    AND u.created_at >= :period_start - interval '768 hours' AND u.created_at < :period_end
), visits AS (
  SELECT s.user_id, (e.occurred_at AT TIME ZONE :timezone)::date - s.day AS days
  FROM events e
  JOIN signups s USING (user_id)
  WHERE e.occurred_at >= :period_start AND e.occurred_at < :period_end
  GROUP BY s.user_id, days
)
SELECT n.days::text AS day_n, count(visits.user_id) AS came_back, count(signups.user_id) AS signups
FROM (VALUES (1), (7), (30)) AS n (days)
LEFT JOIN signups
       ON signups.day + n.days >= (:period_start AT TIME ZONE :timezone)::date
      AND signups.day + n.days < (:period_end AT TIME ZONE :timezone)::date
LEFT JOIN visits ON visits.user_id = signups.user_id AND visits.days = n.days
GROUP BY n.days
