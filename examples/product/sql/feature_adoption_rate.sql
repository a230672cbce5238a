-- One pass for all features: a person used it since its release exactly if the last use is not before it.
WITH used AS (
  SELECT e.user_id, e.feature_id, max(e.occurred_at) AS last_at
  FROM events e
  JOIN users u USING (user_id)
  JOIN accounts a USING (account_id)
  WHERE NOT a.is_internal
    AND e.occurred_at >= :period_start AND e.occurred_at < :period_end
  GROUP BY e.user_id, e.feature_id
), active AS (
  SELECT user_id, max(last_at) AS last_at
  FROM used
  GROUP BY user_id
)
SELECT f.feature_key AS feature,
       (SELECT count(*) FROM used WHERE used.feature_id = f.feature_id AND used.last_at >= f.released_at) AS users_of_it,
       (SELECT count(*) FROM active WHERE active.last_at >= f.released_at) AS active_users
FROM features f
WHERE f.released_at < :period_end
