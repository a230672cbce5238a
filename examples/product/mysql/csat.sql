SELECT count(CASE WHEN r.score >= 4 THEN 1 END) AS satisfied, count(*) AS answers
FROM survey_responses r
JOIN users u USING (user_id)
JOIN accounts a USING (account_id)
WHERE NOT a.is_internal
  AND r.kind = 'csat'
  AND r.submitted_at >= :period_start AND r.submitted_at < :period_end
