-- A bug is reported later than what caused it was done: a rate, not a share.
SELECT count(*) FILTER (WHERE kind = 'bug' AND found_in = 'production'
                          AND created_at >= :period_start AND created_at < :period_end) AS production_bugs,
       count(*) FILTER (WHERE kind IN ('feature', 'task')
                          AND done_at >= :period_start AND done_at < :period_end) AS items_done
FROM work_items
WHERE (created_at >= :period_start AND created_at < :period_end)
   OR (done_at >= :period_start AND done_at < :period_end)
