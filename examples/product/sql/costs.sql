SELECT coalesce(sum(amount_cents), 0) / 100.0 AS total,
       coalesce(sum(amount_cents) FILTER (WHERE category = 'cogs'), 0) / 100.0 AS cogs,
       coalesce(sum(amount_cents) FILTER (WHERE category = 'sales_marketing'), 0) / 100.0 AS sales_marketing
FROM costs
WHERE incurred_at >= :period_start AND incurred_at < :period_end
