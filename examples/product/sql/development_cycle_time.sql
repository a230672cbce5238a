SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM done_at - started_at)) AS value,
       count(started_at) AS items
FROM work_items
WHERE done_at >= :period_start AND done_at < :period_end
