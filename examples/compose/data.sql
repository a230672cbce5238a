-- A year of a made-up product, ending now, for the tables of ../product/schema.sql. Chance is a hash of names, so that
-- every start tells the same story: growth, weekdays, churn, one bad week for deploys, and a slump of satisfaction.

CREATE FUNCTION pg_temp.chance(seed text) RETURNS double precision LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(seed), 1, 8))::bit(32)::bigint / 4294967296.0 $$;

INSERT INTO accounts
SELECT i, 'Account ' || i,
       (ARRAY['smb', 'smb', 'smb', 'mid', 'ent'])[1 + floor(pg_temp.chance('segment' || i) * 5)::int],
       (ARRAY['DE', 'FR', 'US', 'GB', 'ES'])[1 + floor(pg_temp.chance('country' || i) * 5)::int],
       i % 50 = 0,
       -- More of them later: the square root bends the line of growth upwards.
       now() - interval '640 days' * (1 - sqrt(i / 420.0))
FROM generate_series(1, 420) AS i;

INSERT INTO users
SELECT a.account_id * 100 + n, a.account_id,
       a.created_at + (now() - a.created_at) * 0.6 * pg_temp.chance('joined' || a.account_id || '.' || n), NULL
FROM accounts a, generate_series(1, 6) AS n
WHERE n <= 2 + 4 * pg_temp.chance('size' || a.account_id);

-- A trial of two weeks, then two of five pay; some of them leave.
INSERT INTO subscriptions
SELECT account_id * 10, account_id, 'trial', TRUE, 0, created_at, least(created_at + interval '14 days', now())
FROM accounts
WHERE created_at < now() - interval '1 hour';

INSERT INTO subscriptions
SELECT account_id * 10 + 1, account_id, plan, FALSE,
       CASE plan WHEN 'starter' THEN 9900 WHEN 'team' THEN 29900 ELSE 79900 END,
       started_at,
       CASE WHEN pg_temp.chance('leaves' || account_id) < 0.3 AND leaves_at < now() THEN leaves_at END
FROM (
  SELECT account_id,
         CASE segment WHEN 'smb' THEN 'starter' WHEN 'mid' THEN 'team' ELSE 'business' END AS plan,
         created_at + interval '13 days' AS started_at,
         created_at + interval '40 days' + interval '300 days' * pg_temp.chance('when' || account_id) AS leaves_at
  FROM accounts
  WHERE pg_temp.chance('pays' || account_id) < 0.55 AND created_at < now() - interval '14 days'
) AS paying;

INSERT INTO invoices
SELECT row_number() OVER (ORDER BY month, s.subscription_id), s.account_id, month, month, month + interval '1 month', s.mrr_cents, NULL
FROM subscriptions s, generate_series(s.started_at, least(coalesce(s.ended_at, now()), now()), interval '1 month') AS month
WHERE NOT s.is_trial;

INSERT INTO payments
SELECT invoice_id * 2, invoice_id, account_id, 'payment', amount_cents, issued_at + interval '1 day'
FROM invoices WHERE issued_at + interval '1 day' < now()
UNION ALL
SELECT invoice_id * 2 + 1, invoice_id, account_id, 'refund', amount_cents, issued_at + interval '9 days'
FROM invoices WHERE pg_temp.chance('refund' || invoice_id) < 0.02 AND issued_at + interval '9 days' < now();

INSERT INTO costs
SELECT row_number() OVER (), category, cents, day
FROM generate_series(now() - interval '640 days', now(), interval '1 day') AS day,
     (VALUES ('cogs', 30000), ('sales_marketing', 46000), ('r_and_d', 38000), ('g_and_a', 14000)) AS c (category, cents);

INSERT INTO features VALUES
  (1, 'templates', now() - interval '420 days', now() - interval '330 days'),
  (2, 'shared_notebooks', now() - interval '300 days', now() - interval '160 days'),
  (3, 'offline_mode', now() - interval '190 days', now() - interval '45 days'),
  (4, 'summaries', now() - interval '60 days', NULL);

-- Visits: rarer at the weekend, each with one to six things done.
CREATE TEMP TABLE visits AS
SELECT row_number() OVER () AS id, u.user_id, day + interval '7 hours' + interval '11 hours' * pg_temp.chance('hour' || u.user_id || day) AS at,
       pg_temp.chance('length' || u.user_id || day) AS length
FROM users u, generate_series(date_trunc('day', now()) - interval '380 days', now(), interval '1 day') AS day
WHERE day > u.created_at
  AND pg_temp.chance('visit' || u.user_id || day) < CASE WHEN extract(isodow FROM day) > 5 THEN 0.09 ELSE 0.27 END;
DELETE FROM visits WHERE at > now() - interval '1 hour';

INSERT INTO sessions SELECT id, user_id, at, at + interval '50 minutes' * length FROM visits;

INSERT INTO events
SELECT v.id * 10 + n, v.user_id, CASE WHEN n = 0 THEN 'login' ELSE 'core_action' END,
       CASE WHEN n > 1 THEN (SELECT feature_id FROM features
                             WHERE released_at < v.at AND feature_id = 1 + floor(pg_temp.chance('feature' || v.id || n) * 4)::int) END,
       v.at + interval '1 minute' * n
FROM visits v, generate_series(0, 5) AS n
WHERE n <= 1 + 4 * v.length;

INSERT INTO employees
SELECT i, CASE WHEN i % 2 = 0 THEN 'app' ELSE 'platform' END, now() - interval '900 days' * pg_temp.chance('hired' || i), NULL, NULL
FROM generate_series(1, 44) AS i;
UPDATE employees SET left_at = hired_at + (now() - hired_at) * 0.8, leave_kind = 'voluntary' WHERE employee_id % 6 = 0;

INSERT INTO survey_responses
SELECT row_number() OVER (), 'nps', user_id, NULL,
       least(10, floor(6 + 5.5 * pg_temp.chance('nps' || user_id)))::int, now() - interval '360 days' * pg_temp.chance('asked' || user_id)
FROM users;
INSERT INTO survey_responses
SELECT 100000 + row_number() OVER (), 'csat', user_id, NULL,
       1 + floor(5 * power(pg_temp.chance('csat' || id), 0.3))::int, at + interval '1 hour'
FROM visits WHERE pg_temp.chance('rates' || id) < 0.03;
INSERT INTO survey_responses
SELECT 900000 + row_number() OVER (), 'enps', NULL, employee_id,
       floor(6 + 5 * pg_temp.chance('enps' || employee_id || quarter))::int, quarter
FROM employees, generate_series(now() - interval '350 days', now(), interval '87 days') AS quarter
WHERE hired_at < quarter AND (left_at IS NULL OR left_at > quarter);
DELETE FROM survey_responses WHERE submitted_at > now();

INSERT INTO sprints
SELECT n * 2 + t, (ARRAY['app', 'platform'])[t + 1], starts_at, starts_at + interval '14 days'
FROM (SELECT n, date_trunc('week', now()) - interval '14 days' * (26 - n) AS starts_at FROM generate_series(0, 26) AS n) AS s, generate_series(0, 1) AS t;

INSERT INTO work_items
SELECT row_number() OVER (), kind, team, sprint_id, CASE WHEN kind = 'bug' THEN NULL ELSE 1 + floor(pg_temp.chance('points' || sprint_id || n) * 7) END,
       CASE WHEN kind = 'bug' THEN CASE WHEN pg_temp.chance('found' || sprint_id || n) < 0.08 THEN 'production' ELSE 'qa' END END,
       starts_at - interval '5 days', started, CASE WHEN started + took < now() THEN started + took END
FROM (
  SELECT s.*, n, CASE WHEN n > 9 THEN 'bug' WHEN n % 2 = 0 THEN 'feature' ELSE 'task' END AS kind,
         starts_at + interval '8 days' * pg_temp.chance('start' || sprint_id || n) AS started,
         interval '6 days' * pg_temp.chance('took' || sprint_id || n) AS took
  FROM sprints s, generate_series(1, 12) AS n
  WHERE s.starts_at < now()
) AS items
WHERE started < now();

INSERT INTO deploys
SELECT row_number() OVER (), CASE WHEN n = 1 THEN 'api' ELSE 'web' END, CASE WHEN n = 3 THEN 'staging' ELSE 'production' END, at,
       CASE WHEN fails THEN at + interval '25 minutes' END,
       CASE WHEN fails THEN at + interval '25 minutes' + interval '3 hours' * pg_temp.chance('repair' || at || n) END
FROM (
  SELECT n, day + interval '9 hours' + interval '7 hours' * pg_temp.chance('deploy' || day || n) AS at,
         -- One bad week, two months ago.
         pg_temp.chance('fails' || day || n) < CASE WHEN day BETWEEN now() - interval '67 days' AND now() - interval '60 days' THEN 0.6 ELSE 0.05 END AS fails
  FROM generate_series(date_trunc('day', now()) - interval '380 days', now(), interval '1 day') AS day, generate_series(1, 3) AS n
  WHERE extract(isodow FROM day) < 6
) AS d
WHERE at < now() - interval '4 hours';

INSERT INTO changes
SELECT deploy_id * 10 + n, deploy_id, deployed_at - interval '40 hours' * pg_temp.chance('commit' || deploy_id || n)
FROM deploys, generate_series(1, 4) AS n;

ANALYZE;
