-- It knows only what was finished: ideas still under way are not in it.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM released_at - approved_at)) AS value,
       count(*) AS features
FROM features
WHERE released_at >= :period_start AND released_at < :period_end
