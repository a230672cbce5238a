WITH answers AS (
  SELECT score, row_number() OVER (PARTITION BY employee_id ORDER BY submitted_at DESC, response_id DESC) AS age
  FROM survey_responses
  WHERE kind = 'enps'
    AND submitted_at >= :period_start AND submitted_at < :period_end
)
SELECT 100.0 * (count(CASE WHEN score >= 9 THEN 1 END) - count(CASE WHEN score <= 6 THEN 1 END)) / nullif(count(*), 0) AS value,
       count(*) AS answers
FROM answers
WHERE age = 1
