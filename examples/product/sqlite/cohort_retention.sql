-- SQLite knows no time zones: a local day is one of UTC.
WITH n (days) AS (
  VALUES (1), (7), (30)
), signups AS (
  SELECT u.user_id, date(u.created_at) AS day
  FROM users u
  JOIN accounts a USING (account_id)
  WHERE NOT a.is_internal
    AND u.created_at >= datetime(:period_start, '-768 hours') AND u.created_at < :period_end
), active AS (
  SELECT DISTINCT e.user_id, date(e.occurred_at) AS day
  FROM events e
  WHERE e.occurred_at >= :period_start AND e.occurred_at < :period_end
)
SELECT CAST(n.days AS TEXT) AS day_n, count(active.user_id) AS came_back, count(signups.user_id) AS signups
FROM n
LEFT JOIN signups
       ON date(signups.day, n.days || ' days') >= date(:period_start)
      AND date(signups.day, n.days || ' days') < date(:period_end)
LEFT JOIN active ON active.user_id = signups.user_id AND active.day = date(signups.day, n.days || ' days')
GROUP BY n.days
