-- The exporter's role: it can read, and nothing else.
CREATE ROLE kpi_exporter LOGIN PASSWORD 'only-for-this-example' CONNECTION LIMIT 3;
ALTER ROLE kpi_exporter SET default_transaction_read_only = on;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO kpi_exporter;
