-- A day on which nobody came is one of the thirty all the same. A weekday product ends near 5/7.
-- SQLite knows no time zones: a local day is one of UTC.
SELECT count(*) / 30.0 AS mean_dau, count(DISTINCT user_id) AS mau
FROM (
  SELECT DISTINCT e.user_id, date(e.occurred_at) AS day
  FROM events e
  JOIN users u USING (user_id)
  JOIN accounts a USING (account_id)
  WHERE NOT a.is_internal
    AND e.occurred_at >= :period_start AND e.occurred_at < :period_end
) active_days
