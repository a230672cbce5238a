WITH answers AS (
  SELECT r.score, row_number() OVER (PARTITION BY r.user_id ORDER BY r.submitted_at DESC, r.response_id DESC) AS age
  FROM survey_responses r
  JOIN users u USING (user_id)
  JOIN accounts a USING (account_id)
  WHERE NOT a.is_internal
    AND r.kind = 'nps'
    AND r.submitted_at >= :period_start AND r.submitted_at < :period_end
)
SELECT 100.0 * (count(CASE WHEN score >= 9 THEN 1 END) - count(CASE WHEN score <= 6 THEN 1 END)) / nullif(count(*), 0) AS value,
       count(*) AS answers
FROM answers
WHERE age = 1
