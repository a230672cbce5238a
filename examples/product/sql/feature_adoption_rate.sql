-- One pass for all features: a person used it since its release exactly if the last use is not before it.
WITH used AS (
  SELECT user_id, feature_id, max(occurred_at) AS last_at
  FROM events
  WHERE occurred_at >= :period_start AND occurred_at < :period_end
  GROUP BY user_id, feature_id
), active AS (
  SELECT people.user_id, people.last_at
  FROM (SELECT user_id, max(last_at) AS last_at FROM used GROUP BY user_id) people
  JOIN users u USING (user_id)
  JOIN accounts a USING (account_id)
  WHERE NOT a.is_internal
)
SELECT f.feature_key AS feature,
       count(active.user_id) AS users_of_it,
       (SELECT count(*) FROM active WHERE active.last_at >= f.released_at) AS active_users
FROM features f
LEFT JOIN used ON used.feature_id = f.feature_id AND used.last_at >= f.released_at
LEFT JOIN active ON active.user_id = used.user_id
WHERE f.released_at < :period_end
GROUP BY f.feature_id, f.feature_key, f.released_at
