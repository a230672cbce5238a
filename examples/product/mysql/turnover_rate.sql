SELECT count(CASE WHEN left_at >= :period_start AND left_at < :period_end THEN 1 END) AS separations,
       (count(CASE WHEN hired_at <= :period_start AND (left_at IS NULL OR left_at > :period_start) THEN 1 END)
        + count(CASE WHEN hired_at <= :period_end AND (left_at IS NULL OR left_at > :period_end) THEN 1 END)) / 2.0 AS mean_headcount
FROM employees
