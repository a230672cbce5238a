-- A day on which nobody came is one of the thirty all the same. A weekday product ends near 5/7.
WITH active_days AS (
  SELECT user_id, (occurred_at AT TIME ZONE :timezone)::date AS day
  FROM events
  WHERE occurred_at >= :period_start AND occurred_at < :period_end
  GROUP BY user_id, day
), active AS (
  SELECT user_id, count(*) AS days
  FROM active_days
  GROUP BY user_id
)
SELECT coalesce(sum(active.days), 0) / 30.0 AS mean_dau, count(*) AS mau
FROM active
JOIN users u USING (user_id)
JOIN accounts a USING (account_id)
WHERE NOT a.is_internal
