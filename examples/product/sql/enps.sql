WITH answers AS (
  SELECT score, row_number() OVER (PARTITION BY employee_id ORDER BY submitted_at DESC, response_id DESC) AS age
  FROM survey_responses
  WHERE kind = 'enps'
    AND submitted_at >= :period_start AND submitted_at < :period_end
)
SELECT 100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6)) / nullif(count(*), 0) AS value,
       count(*) AS answers
FROM answers
WHERE age = 1
