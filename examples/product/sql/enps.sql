WITH latest AS (
  SELECT DISTINCT ON (employee_id) score
  FROM survey_responses
  WHERE kind = 'enps'
    AND submitted_at >= :period_start AND submitted_at < :period_end
  ORDER BY employee_id, submitted_at DESC, response_id DESC
)
SELECT 100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6)) / nullif(count(*), 0) AS value,
       count(*) AS answers
FROM latest
