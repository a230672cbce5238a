SELECT coalesce(sum(amount_cents), 0) / 100.0 AS total,
       coalesce(sum(CASE WHEN category = 'cogs' THEN amount_cents END), 0) / 100.0 AS cogs,
       coalesce(sum(CASE WHEN category = 'sales_marketing' THEN amount_cents END), 0) / 100.0 AS sales_marketing
FROM costs
WHERE incurred_at >= :period_start AND incurred_at < :period_end
