-- Rows for the example product: a year and a half, made by arithmetic so that they are the same on every run. Many of
-- them fall exactly on midnights and on the ends of windows; every seventh account is internal.
BEGIN;

INSERT INTO accounts
SELECT i, 'account ' || i, (ARRAY['smb', 'mid', 'ent'])[i % 3 + 1], 'DE', i % 7 = 0,
       timestamptz '2025-01-01 00:00:00+00' + i * interval '150 hours'
FROM generate_series(1, 70) i;

INSERT INTO users
SELECT i, a.account_id, a.created_at + (i % 11) * interval '40 hours', NULL
FROM generate_series(1, 260) i
JOIN accounts a ON a.account_id = i % 70 + 1;

-- A trial of 14 days. Two of three pay from its end on, or up to nine days later; some leave, some come back, some grow.
INSERT INTO subscriptions
SELECT account_id, account_id, 'pro', TRUE, 0, created_at, created_at + interval '336 hours'
FROM accounts;
INSERT INTO subscriptions
SELECT 100 + account_id, account_id, (ARRAY['basic', 'pro', 'enterprise'])[account_id % 3 + 1], FALSE,
       CASE WHEN account_id % 13 = 0 THEN 0 ELSE 1000 + account_id * 137 END,
       created_at + (336 + (account_id % 4) * 60) * interval '1 hour',
       CASE WHEN account_id % 4 < 2 THEN created_at + (1100 + account_id % 5 * 700) * interval '1 hour' END
FROM accounts
WHERE account_id % 3 > 0;
INSERT INTO subscriptions
SELECT 200 + account_id, account_id, 'pro', FALSE, mrr_cents * (account_id % 3), ended_at + (account_id % 2) * interval '500 hours', NULL
FROM subscriptions
WHERE ended_at IS NOT NULL AND NOT is_trial AND account_id % 5 < 3;

INSERT INTO invoices
SELECT i, i % 70 + 1, t, t - interval '72 hours', t + (i % 12 + 1) * interval '700 hours', 5000 + i * 37,
       CASE WHEN i % 9 = 0 THEN t + interval '600 hours' END
FROM generate_series(1, 200) i, LATERAL (SELECT timestamptz '2025-01-10 06:00:00+00' + i * interval '66 hours' AS t) m;

INSERT INTO payments
SELECT i, NULL, i % 70 + 1, CASE WHEN i % 12 = 0 THEN 'refund' WHEN i % 31 = 0 THEN 'chargeback' ELSE 'payment' END,
       2000 + i * 61 % 9000, timestamptz '2025-01-01 00:00:00+00' + i * interval '24 hours'
FROM generate_series(1, 560) i;

INSERT INTO costs
SELECT i, (ARRAY['cogs', 'sales_marketing', 'r_and_d', 'g_and_a'])[i % 4 + 1], 300 + i * 17 % 1100,
       timestamptz '2025-01-01 00:00:00+00' + i * interval '24 hours'
FROM generate_series(1, 560) i;

INSERT INTO features
SELECT i, 'feature_' || i, timestamptz '2025-03-01 09:00:00+00' + i * interval '900 hours',
       CASE WHEN i <> 4 THEN timestamptz '2025-03-01 09:00:00+00' + i * interval '1900 hours' END
FROM generate_series(1, 6) i;

INSERT INTO sessions
SELECT i, u.user_id, t, CASE WHEN i % 50 > 0 THEN t + (i % 30 * 400) * interval '1 second' END
FROM generate_series(1, 4000) i
JOIN users u ON u.user_id = i * 7 % 260 + 1,
LATERAL (SELECT u.created_at + i % 97 * (i % 5) * interval '12 hours' AS t) m;

INSERT INTO events
SELECT i, s.user_id, (ARRAY['login', 'core_action', 'view'])[i % 3 + 1], CASE WHEN i % 4 = 0 THEN i % 6 + 1 END,
       s.started_at + (i % 2) * interval '17 minutes'
FROM generate_series(1, 6000) i
JOIN sessions s ON s.session_id = i * 2 / 3 % 4000 + 1;

INSERT INTO employees
SELECT i, (ARRAY['core', 'web'])[i % 2 + 1], timestamptz '2024-02-01 09:00:00+00' + i * interval '480 hours',
       CASE WHEN i % 3 = 0 THEN timestamptz '2024-02-01 09:00:00+00' + i * interval '1300 hours' END,
       CASE WHEN i % 3 = 0 THEN 'voluntary' END
FROM generate_series(1, 30) i;

INSERT INTO survey_responses
SELECT i, 'nps', u.user_id, NULL, i * 7 % 11, t
FROM generate_series(1, 380) i,
LATERAL (SELECT timestamptz '2025-02-01 00:00:00+00' + i * interval '31 hours' AS t) m
JOIN users u ON u.created_at <= t
WHERE u.user_id = i * 11 % 120 + 1;
INSERT INTO survey_responses
SELECT 1000 + i, 'csat', u.user_id, NULL, 5 - i % 7 % 5, t
FROM generate_series(1, 480) i,
LATERAL (SELECT timestamptz '2025-02-01 00:00:00+00' + i * interval '24 hours' AS t) m
JOIN users u ON u.created_at <= t
WHERE u.user_id = i * 11 % 260 + 1;
INSERT INTO survey_responses
SELECT 2000 + i, 'enps', NULL, i * 3 % 30 + 1, i * 5 % 11, timestamptz '2025-02-01 00:00:00+00' + i * interval '400 hours'
FROM generate_series(1, 29) i;

INSERT INTO sprints
SELECT i, (ARRAY['core', 'web'])[i % 2 + 1], t, t + interval '336 hours'
FROM generate_series(1, 76) i, LATERAL (SELECT timestamptz '2025-01-06 09:00:00+00' + i / 2 * interval '336 hours' AS t) m;

INSERT INTO work_items
SELECT i, k, s.team, s.sprint_id, i % 6, CASE WHEN k = 'bug' THEN (ARRAY['production', 'qa'])[i % 5 / 3 + 1] END,
       s.starts_at - interval '24 hours', s.starts_at + i % 9 * interval '24 hours',
       CASE WHEN i % 17 > 0 THEN s.starts_at + (i % 9 + i % 8) * interval '24 hours' END
FROM generate_series(1, 600) i
JOIN sprints s ON s.sprint_id = i % 76 + 1,
LATERAL (SELECT (ARRAY['feature', 'task', 'bug'])[i % 3 + 1] AS k) m;

INSERT INTO deploys
SELECT i, 'web', CASE WHEN i % 5 = 0 THEN 'staging' ELSE 'production' END, t,
       CASE WHEN i % 7 = 0 THEN t + i % 9 * interval '24 hours' END,
       CASE WHEN i % 7 = 0 AND i % 3 > 0 THEN t + i % 9 * interval '24 hours' + i % 20 * interval '30 minutes' END
FROM generate_series(1, 700) i, LATERAL (SELECT timestamptz '2025-01-01 00:00:00+00' + i * interval '18 hours' AS t) m;

INSERT INTO changes
SELECT i, i % 700 + 1, d.deployed_at - i % 50 * interval '3 hours'
FROM generate_series(1, 1500) i
JOIN deploys d ON d.deploy_id = i % 700 + 1;
COMMIT;
