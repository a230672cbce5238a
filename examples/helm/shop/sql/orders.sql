SELECT count(*) AS value FROM orders WHERE created_at >= :period_start AND created_at < :period_end
