WITH n AS (
  SELECT 1 AS days UNION ALL SELECT 7 UNION ALL SELECT 30
), signups AS (
  SELECT u.user_id, date(convert_tz(u.created_at, 'UTC', :timezone)) AS day
  FROM users u
  JOIN accounts a USING (account_id)
  WHERE NOT a.is_internal
    AND u.created_at >= :period_start - INTERVAL 768 HOUR AND u.created_at < :period_end
), visits AS (
  SELECT s.user_id, datediff(convert_tz(e.occurred_at, 'UTC', :timezone), s.day) AS days
  FROM events e
  JOIN signups s USING (user_id)
  WHERE e.occurred_at >= :period_start AND e.occurred_at < :period_end
  GROUP BY s.user_id, days
)
SELECT CAST(n.days AS CHAR) AS day_n, count(visits.user_id) AS came_back, count(signups.user_id) AS signups
FROM n
LEFT JOIN signups
       ON signups.day + INTERVAL n.days DAY >= date(convert_tz(:period_start, 'UTC', :timezone))
      AND signups.day + INTERVAL n.days DAY < date(convert_tz(:period_end, 'UTC', :timezone))
LEFT JOIN visits ON visits.user_id = signups.user_id AND visits.days = n.days
GROUP BY n.days
