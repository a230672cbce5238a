-- The tables of the example product, for PostgreSQL 12 and later. Load them with
--
--     psql "$KPI_DATABASE_URL" -f schema.sql
--
-- Four habits make every KPI of kpi.yaml computable at any past instant:
--
--   1. A fact is a row that is only ever added, with one event time (paid_at, occurred_at, ...).
--   2. State that changes is kept as half-open intervals: the state at t is the rows with
--      "from" <= t AND ("to" IS NULL OR "to" > t). An upgrade closes one subscription and opens another.
--   3. Money is whole cents of one reporting currency, converted when it is written.
--   4. Internal and test accounts are flagged, never deleted, and no KPI counts them.
BEGIN;

CREATE TABLE accounts (                     -- customer organisations
  account_id  BIGINT PRIMARY KEY,
  name        TEXT NOT NULL,
  segment     TEXT NOT NULL,                -- smb, mid, ent
  country     TEXT NOT NULL,
  is_internal BOOLEAN NOT NULL DEFAULT FALSE,
  created_at  TIMESTAMPTZ NOT NULL
);

CREATE TABLE users (                        -- the people of an account
  user_id        BIGINT PRIMARY KEY,
  account_id     BIGINT NOT NULL REFERENCES accounts,
  created_at     TIMESTAMPTZ NOT NULL,      -- sign-up
  deactivated_at TIMESTAMPTZ
);

CREATE TABLE subscriptions (                -- a row per stretch of one plan at one price
  subscription_id BIGINT PRIMARY KEY,
  account_id      BIGINT NOT NULL REFERENCES accounts,
  plan            TEXT NOT NULL,
  is_trial        BOOLEAN NOT NULL,
  mrr_cents       BIGINT NOT NULL CHECK (mrr_cents >= 0),     -- an annual plan is stored as a twelfth
  started_at      TIMESTAMPTZ NOT NULL,
  ended_at        TIMESTAMPTZ,
  CHECK (ended_at IS NULL OR ended_at > started_at),
  CHECK (NOT is_trial OR mrr_cents = 0)
);

CREATE TABLE invoices (
  invoice_id   BIGINT PRIMARY KEY,
  account_id   BIGINT NOT NULL REFERENCES accounts,
  issued_at    TIMESTAMPTZ NOT NULL,
  service_from TIMESTAMPTZ NOT NULL,
  service_to   TIMESTAMPTZ NOT NULL,
  amount_cents BIGINT NOT NULL,
  voided_at    TIMESTAMPTZ,
  CHECK (service_to > service_from)
);

CREATE TABLE payments (                     -- money that moved; a refund is a row of its own
  payment_id   BIGINT PRIMARY KEY,
  invoice_id   BIGINT REFERENCES invoices,
  account_id   BIGINT NOT NULL REFERENCES accounts,
  kind         TEXT NOT NULL CHECK (kind IN ('payment', 'refund', 'chargeback')),
  amount_cents BIGINT NOT NULL CHECK (amount_cents > 0),
  paid_at      TIMESTAMPTZ NOT NULL
);

CREATE TABLE costs (
  cost_id      BIGINT PRIMARY KEY,
  category     TEXT NOT NULL CHECK (category IN ('cogs', 'sales_marketing', 'r_and_d', 'g_and_a')),
  amount_cents BIGINT NOT NULL,
  incurred_at  TIMESTAMPTZ NOT NULL
);

CREATE TABLE features (
  feature_id  BIGINT PRIMARY KEY,
  feature_key TEXT NOT NULL UNIQUE,
  approved_at TIMESTAMPTZ NOT NULL,         -- the idea was accepted
  released_at TIMESTAMPTZ                   -- generally available
);

CREATE TABLE sessions (
  session_id BIGINT PRIMARY KEY,
  user_id    BIGINT NOT NULL REFERENCES users,
  started_at TIMESTAMPTZ NOT NULL,
  ended_at   TIMESTAMPTZ                    -- NULL: still open
);

CREATE TABLE events (
  event_id    BIGINT PRIMARY KEY,
  user_id     BIGINT NOT NULL REFERENCES users,
  name        TEXT NOT NULL,                -- login, core_action, ...
  feature_id  BIGINT REFERENCES features,
  occurred_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE employees (
  employee_id BIGINT PRIMARY KEY,
  team        TEXT NOT NULL,
  hired_at    TIMESTAMPTZ NOT NULL,
  left_at     TIMESTAMPTZ,
  leave_kind  TEXT CHECK (leave_kind IN ('voluntary', 'involuntary'))
);

CREATE TABLE survey_responses (             -- nps and enps 0 to 10, csat 1 to 5
  response_id  BIGINT PRIMARY KEY,
  kind         TEXT NOT NULL CHECK (kind IN ('nps', 'csat', 'enps')),
  user_id      BIGINT REFERENCES users,
  employee_id  BIGINT REFERENCES employees,
  score        SMALLINT NOT NULL,
  submitted_at TIMESTAMPTZ NOT NULL,
  CHECK ((kind = 'enps') = (employee_id IS NOT NULL)),
  CHECK ((kind = 'enps') = (user_id IS NULL)),
  CHECK (CASE kind WHEN 'csat' THEN score BETWEEN 1 AND 5 ELSE score BETWEEN 0 AND 10 END)
);

CREATE TABLE sprints (
  sprint_id BIGINT PRIMARY KEY,
  team      TEXT NOT NULL,
  starts_at TIMESTAMPTZ NOT NULL,
  ends_at   TIMESTAMPTZ NOT NULL
);

CREATE TABLE work_items (
  item_id    BIGINT PRIMARY KEY,
  kind       TEXT NOT NULL CHECK (kind IN ('feature', 'task', 'bug')),
  team       TEXT NOT NULL,
  sprint_id  BIGINT REFERENCES sprints,
  points     NUMERIC,
  found_in   TEXT CHECK (found_in IN ('production', 'qa')),    -- bugs only
  created_at TIMESTAMPTZ NOT NULL,
  started_at TIMESTAMPTZ,
  done_at    TIMESTAMPTZ
);

CREATE TABLE deploys (
  deploy_id   BIGINT PRIMARY KEY,
  service     TEXT NOT NULL,
  environment TEXT NOT NULL,                -- production, staging
  deployed_at TIMESTAMPTZ NOT NULL,
  failed_at   TIMESTAMPTZ,                  -- found to need remediation
  restored_at TIMESTAMPTZ
);

CREATE TABLE changes (                      -- commits that a deploy carried
  change_id    BIGINT PRIMARY KEY,
  deploy_id    BIGINT NOT NULL REFERENCES deploys,
  committed_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX ON users (account_id);
CREATE INDEX ON users (created_at);
CREATE INDEX ON subscriptions (account_id, started_at);
CREATE INDEX ON subscriptions (ended_at) WHERE is_trial;
CREATE INDEX ON invoices (service_from, service_to);
CREATE INDEX ON payments (paid_at);
CREATE INDEX ON costs (incurred_at);
CREATE INDEX ON sessions (started_at);
CREATE INDEX ON sessions (ended_at);
CREATE INDEX ON events (occurred_at, user_id);
CREATE INDEX ON events (user_id, name, occurred_at);
CREATE INDEX ON survey_responses (kind, submitted_at);
CREATE INDEX ON work_items (created_at);
CREATE INDEX ON work_items (done_at);
CREATE INDEX ON deploys (environment, deployed_at);
CREATE INDEX ON changes (deploy_id);
COMMIT;
