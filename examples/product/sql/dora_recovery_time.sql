-- A failure that is still open is not in it yet. A row restored though it never failed says nothing.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM restored_at - failed_at)) AS value,
       count(*) AS failures
FROM deploys
WHERE environment = 'production' AND failed_at IS NOT NULL
  AND restored_at >= :period_start AND restored_at < :period_end
