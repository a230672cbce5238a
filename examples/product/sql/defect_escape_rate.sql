SELECT count(*) FILTER (WHERE found_in = 'production') AS production_bugs, count(*) AS bugs
FROM work_items
WHERE kind = 'bug'
  AND created_at >= :period_start AND created_at < :period_end
