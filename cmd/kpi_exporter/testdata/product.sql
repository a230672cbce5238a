-- A small company from 2025 to mid 2026: enough that every KPI has something to count, with rows at every hour around the
-- turns of days and months, and customer 40 internal.
INSERT INTO accounts
SELECT i, 'Account ' || i, (ARRAY['smb', 'mid', 'ent'])[1 + i % 3], 'DE', i = 40, timestamptz '2025-01-01Z' + i * interval '7 days'
FROM generate_series(1, 40) AS i;

INSERT INTO users
SELECT i, 1 + i % 40, timestamptz '2025-01-02Z' + i * interval '98 hours', NULL
FROM generate_series(1, 120) AS i;

INSERT INTO subscriptions
SELECT i, i, (ARRAY['basic', 'pro', 'enterprise'])[1 + i % 3], FALSE, 1000 * i, timestamptz '2025-01-15Z' + i * interval '265 hours',
       CASE WHEN i % 5 = 0 THEN timestamptz '2025-01-15Z' + i * interval '265 hours' + interval '5000 hours' END
FROM generate_series(1, 40) AS i
UNION ALL
SELECT 100 + i, i, 'basic', TRUE, 0, timestamptz '2025-01-01Z' + i * interval '265 hours', timestamptz '2025-01-15Z' + i * interval '265 hours'
FROM generate_series(1, 40) AS i;

INSERT INTO invoices
SELECT i, 1 + i % 40, at, at, at + interval '30 days', 9900, NULL
FROM generate_series(timestamptz '2025-01-01Z', '2026-06-01Z', '1 day') WITH ORDINALITY AS day (at, i);

INSERT INTO payments
SELECT i, NULL, 1 + i % 40, CASE WHEN i % 11 = 0 THEN 'refund' ELSE 'payment' END, 100 + i, at
FROM generate_series(timestamptz '2025-01-01Z', '2026-06-01Z', '1 hour') WITH ORDINALITY AS hour (at, i);

INSERT INTO costs
SELECT i, (ARRAY['cogs', 'sales_marketing', 'r_and_d', 'g_and_a'])[1 + i % 4], 10000 + i, at
FROM generate_series(timestamptz '2025-01-01Z', '2026-06-01Z', '12 hours') WITH ORDINALITY AS half_day (at, i);

INSERT INTO features
SELECT i, 'feature ' || i, timestamptz '2025-02-01Z' + i * interval '20 days', timestamptz '2025-03-15Z' + i * interval '20 days'
FROM generate_series(1, 20) AS i;

INSERT INTO sessions
SELECT i, 1 + i * 7 % 120, at, at + i % 90 * interval '1 minute'
FROM generate_series(timestamptz '2025-01-01Z', '2026-06-01Z', '40 minutes') WITH ORDINALITY AS session (at, i);

INSERT INTO events
SELECT i, user_id, CASE WHEN i % 3 = 0 THEN 'core_action' ELSE 'login' END, CASE WHEN i % 3 = 0 THEN 1 + i % 20 END, at
FROM generate_series(timestamptz '2025-01-01Z', '2026-06-01Z', '30 minutes') WITH ORDINALITY AS event (at, i)
JOIN users ON user_id = 1 + i * 7 % 120 AND created_at <= at;

INSERT INTO employees
SELECT i, (ARRAY['red', 'blue'])[1 + i % 2], timestamptz '2024-06-01Z' + i * interval '15 days',
       CASE WHEN i % 8 = 0 THEN timestamptz '2025-09-01Z' + i * interval '10 days' END, CASE WHEN i % 8 = 0 THEN 'voluntary' END
FROM generate_series(1, 30) AS i;

INSERT INTO survey_responses
SELECT i, (ARRAY['nps', 'csat'])[1 + i % 2], 1 + i % 120, NULL, 1 + i * 3 % 5 + CASE WHEN i % 2 = 0 THEN i % 6 ELSE 0 END, at
FROM generate_series(timestamptz '2025-01-01Z', '2026-06-01Z', '11 hours') WITH ORDINALITY AS response (at, i)
UNION ALL
SELECT 10000 + i, 'enps', NULL, 1 + i % 30, i * 7 % 11, at
FROM generate_series(timestamptz '2025-01-01Z', '2026-06-01Z', '3 days') WITH ORDINALITY AS response (at, i);

INSERT INTO sprints
SELECT i, (ARRAY['red', 'blue'])[1 + i % 2], timestamptz '2025-01-06Z' + i * interval '14 days', timestamptz '2025-01-20Z' + i * interval '14 days'
FROM generate_series(1, 34) AS i;

INSERT INTO work_items
SELECT i, (ARRAY['feature', 'task', 'bug'])[1 + i % 3], (ARRAY['red', 'blue'])[1 + i % 2], 1 + i % 34, 1 + i % 8,
       CASE WHEN i % 3 = 2 THEN (ARRAY['production', 'qa'])[1 + i % 2] END, at, at + interval '1 day', at + interval '5 days'
FROM generate_series(timestamptz '2025-01-06Z', '2026-06-01Z', '13 hours') WITH ORDINALITY AS item (at, i);

INSERT INTO deploys
SELECT i, 'app', CASE WHEN i % 4 = 0 THEN 'staging' ELSE 'production' END, at,
       CASE WHEN i % 9 = 0 THEN at + interval '1 hour' END, CASE WHEN i % 9 = 0 THEN at + interval '3 hours' END
FROM generate_series(timestamptz '2025-01-01Z', '2026-06-01Z', '7 hours') WITH ORDINALITY AS deploy (at, i);

INSERT INTO changes
SELECT deploy_id * 10 + n, deploy_id, deployed_at - n * interval '9 hours'
FROM deploys, generate_series(1, 3) AS n;
