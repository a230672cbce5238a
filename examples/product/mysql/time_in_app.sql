-- Sessions are clipped at both midnights. An open one runs to the end of the day.
SELECT coalesce(sum(TIMESTAMPDIFF(MICROSECOND, greatest(s.started_at, :period_start), least(coalesce(s.ended_at, :period_end), :period_end))), 0) / 1e6 AS session_seconds,
       count(DISTINCT s.user_id) AS users
FROM sessions s
JOIN users u USING (user_id)
JOIN accounts a USING (account_id)
WHERE NOT a.is_internal
  AND s.started_at < :period_end
  AND (s.started_at >= :period_start OR s.ended_at > :period_start OR s.ended_at IS NULL)
