SELECT count(*) FILTER (WHERE left_at >= :period_start AND left_at < :period_end) AS separations,
       (count(*) FILTER (WHERE hired_at <= :period_start AND (left_at IS NULL OR left_at > :period_start))
        + count(*) FILTER (WHERE hired_at <= :period_end AND (left_at IS NULL OR left_at > :period_end))) / 2.0 AS mean_headcount
FROM employees
