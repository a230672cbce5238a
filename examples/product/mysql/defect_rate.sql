-- A bug is reported later than what caused it was done: a rate, not a share.
SELECT count(CASE WHEN kind = 'bug' AND found_in = 'production'
                          AND created_at >= :period_start AND created_at < :period_end THEN 1 END) AS production_bugs,
       count(CASE WHEN kind IN ('feature', 'task')
                          AND done_at >= :period_start AND done_at < :period_end THEN 1 END) AS items_done
FROM work_items
WHERE (created_at >= :period_start AND created_at < :period_end)
   OR (done_at >= :period_start AND done_at < :period_end)
