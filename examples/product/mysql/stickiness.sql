-- A day on which nobody came is one of the thirty all the same. A weekday product ends near 5/7.
WITH active AS (
  -- The days a person came are bits of one number: pairs of person and day are so many that they would go to disk.
  SELECT user_id,
         bit_or(1 << datediff(convert_tz(occurred_at, 'UTC', :timezone), convert_tz(:period_start, 'UTC', :timezone))) AS days
  FROM events
  WHERE occurred_at >= :period_start AND occurred_at < :period_end
  GROUP BY user_id
)
SELECT coalesce(sum(bit_count(active.days)), 0) / 30.0 AS mean_dau, count(*) AS mau
FROM active
JOIN users u USING (user_id)
JOIN accounts a USING (account_id)
WHERE NOT a.is_internal
