SELECT count(CASE WHEN found_in = 'production' THEN 1 END) AS production_bugs, count(*) AS bugs
FROM work_items
WHERE kind = 'bug'
  AND created_at >= :period_start AND created_at < :period_end
