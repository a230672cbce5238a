-- The tables of ../schema.sql for SQLite 3.38 and later. Load them, and the indexes when the rows are in, with
--
--     sqlite3 product.db < schema.sql
--     sqlite3 product.db < indexes.sql
--
-- SQLite has no type for instants and compares them as text. So every instant must be of one form, UTC as YYYY-MM-DD HH:MM:SS,
-- and a local day is a day of UTC.

CREATE TABLE accounts (                     -- customer organisations
  account_id  INTEGER PRIMARY KEY,
  name        TEXT NOT NULL,
  segment     TEXT NOT NULL,                -- smb, mid, ent
  country     TEXT NOT NULL,
  is_internal INTEGER NOT NULL DEFAULT FALSE,
  created_at  TEXT NOT NULL
);

CREATE TABLE users (                        -- the people of an account
  user_id        INTEGER PRIMARY KEY,
  account_id     INTEGER NOT NULL REFERENCES accounts,
  created_at     TEXT NOT NULL,             -- sign-up
  deactivated_at TEXT
);

CREATE TABLE subscriptions (                -- a row per stretch of one plan at one price
  subscription_id INTEGER PRIMARY KEY,
  account_id      INTEGER NOT NULL REFERENCES accounts,
  plan            TEXT NOT NULL,
  is_trial        INTEGER NOT NULL,
  mrr_cents       INTEGER NOT NULL CHECK (mrr_cents >= 0),    -- an annual plan is stored as a twelfth
  started_at      TEXT NOT NULL,
  ended_at        TEXT,
  CHECK (ended_at IS NULL OR ended_at > started_at),
  CHECK (NOT is_trial OR mrr_cents = 0)
);

CREATE TABLE invoices (
  invoice_id   INTEGER PRIMARY KEY,
  account_id   INTEGER NOT NULL REFERENCES accounts,
  issued_at    TEXT NOT NULL,
  service_from TEXT NOT NULL,
  service_to   TEXT NOT NULL,
  amount_cents INTEGER NOT NULL,
  voided_at    TEXT,
  CHECK (service_to > service_from)
);

CREATE TABLE payments (                     -- money that moved; a refund is a row of its own
  payment_id   INTEGER PRIMARY KEY,
  invoice_id   INTEGER REFERENCES invoices,
  account_id   INTEGER NOT NULL REFERENCES accounts,
  kind         TEXT NOT NULL CHECK (kind IN ('payment', 'refund', 'chargeback')),
  amount_cents INTEGER NOT NULL CHECK (amount_cents > 0),
  paid_at      TEXT NOT NULL
);

CREATE TABLE costs (
  cost_id      INTEGER PRIMARY KEY,
  category     TEXT NOT NULL CHECK (category IN ('cogs', 'sales_marketing', 'r_and_d', 'g_and_a')),
  amount_cents INTEGER NOT NULL,
  incurred_at  TEXT NOT NULL
);

CREATE TABLE features (
  feature_id  INTEGER PRIMARY KEY,
  feature_key TEXT NOT NULL UNIQUE,
  approved_at TEXT NOT NULL,                -- the idea was accepted
  released_at TEXT                          -- generally available
);

CREATE TABLE sessions (
  session_id INTEGER PRIMARY KEY,
  user_id    INTEGER NOT NULL REFERENCES users,
  started_at TEXT NOT NULL,
  ended_at   TEXT                           -- NULL: still open
);

CREATE TABLE events (
  event_id    INTEGER PRIMARY KEY,
  user_id     INTEGER NOT NULL REFERENCES users,
  name        TEXT NOT NULL,                -- login, core_action, ...
  feature_id  INTEGER REFERENCES features,
  occurred_at TEXT NOT NULL
);

CREATE TABLE employees (
  employee_id INTEGER PRIMARY KEY,
  team        TEXT NOT NULL,
  hired_at    TEXT NOT NULL,
  left_at     TEXT,
  leave_kind  TEXT CHECK (leave_kind IN ('voluntary', 'involuntary'))
);

CREATE TABLE survey_responses (             -- nps and enps 0 to 10, csat 1 to 5
  response_id  INTEGER PRIMARY KEY,
  kind         TEXT NOT NULL CHECK (kind IN ('nps', 'csat', 'enps')),
  user_id      INTEGER REFERENCES users,
  employee_id  INTEGER REFERENCES employees,
  score        INTEGER NOT NULL,
  submitted_at TEXT NOT NULL,
  CHECK ((kind = 'enps') = (employee_id IS NOT NULL)),
  CHECK ((kind = 'enps') = (user_id IS NULL)),
  CHECK (CASE kind WHEN 'csat' THEN score BETWEEN 1 AND 5 ELSE score BETWEEN 0 AND 10 END)
);

CREATE TABLE sprints (
  sprint_id INTEGER PRIMARY KEY,
  team      TEXT NOT NULL,
  starts_at TEXT NOT NULL,
  ends_at   TEXT NOT NULL
);

CREATE TABLE work_items (
  item_id    INTEGER PRIMARY KEY,
  kind       TEXT NOT NULL CHECK (kind IN ('feature', 'task', 'bug')),
  team       TEXT NOT NULL,
  sprint_id  INTEGER REFERENCES sprints,
  points     NUMERIC,
  found_in   TEXT CHECK (found_in IN ('production', 'qa')),    -- bugs only
  created_at TEXT NOT NULL,
  started_at TEXT,
  done_at    TEXT
);

CREATE TABLE deploys (
  deploy_id   INTEGER PRIMARY KEY,
  service     TEXT NOT NULL,
  environment TEXT NOT NULL,                -- production, staging
  deployed_at TEXT NOT NULL,
  failed_at   TEXT,                         -- found to need remediation
  restored_at TEXT
);

CREATE TABLE changes (                      -- commits that a deploy carried
  change_id    INTEGER PRIMARY KEY,
  deploy_id    INTEGER NOT NULL REFERENCES deploys,
  committed_at TEXT NOT NULL
);
