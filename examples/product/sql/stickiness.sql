-- A day on which nobody came is one of the thirty all the same. A weekday product ends near 5/7.
SELECT count(*) / 30.0 AS mean_dau, count(DISTINCT user_id) AS mau
FROM (
  SELECT DISTINCT e.user_id, (e.occurred_at AT TIME ZONE :timezone)::date AS day
  FROM events e
  JOIN users u USING (user_id)
  JOIN accounts a USING (account_id)
  WHERE NOT a.is_internal
    AND e.occurred_at >= :period_start AND e.occurred_at < :period_end
) active_days
