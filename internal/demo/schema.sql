-- The tables of examples/product/schema.sql, for SQLite. Every instant is UTC text, YYYY-MM-DD HH:MM:SS: SQLite compares
-- instants as text, so there must be one form only. Money is whole cents.

CREATE TABLE accounts (
  account_id  INTEGER PRIMARY KEY,
  name        TEXT NOT NULL,
  segment     TEXT NOT NULL,              -- smb, mid, ent
  country     TEXT NOT NULL,
  is_internal INTEGER NOT NULL,
  created_at  TEXT NOT NULL
);

CREATE TABLE users (
  user_id        INTEGER PRIMARY KEY,
  account_id     INTEGER NOT NULL REFERENCES accounts,
  created_at     TEXT NOT NULL,
  deactivated_at TEXT
);

CREATE TABLE subscriptions (              -- a row per stretch of one plan at one price
  subscription_id INTEGER PRIMARY KEY,
  account_id      INTEGER NOT NULL REFERENCES accounts,
  plan            TEXT NOT NULL,
  is_trial        INTEGER NOT NULL,
  mrr_cents       INTEGER NOT NULL,
  started_at      TEXT NOT NULL,
  ended_at        TEXT
);

CREATE TABLE invoices (
  invoice_id   INTEGER PRIMARY KEY,
  account_id   INTEGER NOT NULL REFERENCES accounts,
  issued_at    TEXT NOT NULL,
  service_from TEXT NOT NULL,
  service_to   TEXT NOT NULL,
  amount_cents INTEGER NOT NULL,
  voided_at    TEXT
);

CREATE TABLE payments (                   -- a refund is a row of its own
  payment_id   INTEGER PRIMARY KEY,
  invoice_id   INTEGER REFERENCES invoices,
  account_id   INTEGER NOT NULL REFERENCES accounts,
  kind         TEXT NOT NULL,             -- payment, refund, chargeback
  amount_cents INTEGER NOT NULL,
  paid_at      TEXT NOT NULL
);

CREATE TABLE costs (
  cost_id      INTEGER PRIMARY KEY,
  category     TEXT NOT NULL,             -- cogs, sales_marketing, r_and_d, g_and_a
  amount_cents INTEGER NOT NULL,
  incurred_at  TEXT NOT NULL
);

CREATE TABLE features (
  feature_id  INTEGER PRIMARY KEY,
  feature_key TEXT NOT NULL UNIQUE,
  approved_at TEXT NOT NULL,
  released_at TEXT
);

CREATE TABLE sessions (
  session_id INTEGER PRIMARY KEY,
  user_id    INTEGER NOT NULL REFERENCES users,
  started_at TEXT NOT NULL,
  ended_at   TEXT                         -- NULL: still open
);

CREATE TABLE events (
  event_id    INTEGER PRIMARY KEY,
  user_id     INTEGER NOT NULL REFERENCES users,
  name        TEXT NOT NULL,              -- login, core_action, feature_used
  feature_id  INTEGER REFERENCES features,
  occurred_at TEXT NOT NULL
);

CREATE TABLE employees (
  employee_id INTEGER PRIMARY KEY,
  team        TEXT NOT NULL,
  hired_at    TEXT NOT NULL,
  left_at     TEXT,
  leave_kind  TEXT                        -- voluntary, involuntary
);

CREATE TABLE survey_responses (           -- nps and enps 0 to 10, csat 1 to 5
  response_id  INTEGER PRIMARY KEY,
  kind         TEXT NOT NULL,
  user_id      INTEGER REFERENCES users,
  employee_id  INTEGER REFERENCES employees,
  score        INTEGER NOT NULL,
  submitted_at TEXT NOT NULL
);

CREATE TABLE sprints (
  sprint_id INTEGER PRIMARY KEY,
  team      TEXT NOT NULL,
  starts_at TEXT NOT NULL,
  ends_at   TEXT NOT NULL
);

CREATE TABLE work_items (
  item_id    INTEGER PRIMARY KEY,
  kind       TEXT NOT NULL,               -- feature, task, bug
  team       TEXT NOT NULL,
  sprint_id  INTEGER REFERENCES sprints,
  points     INTEGER,
  found_in   TEXT,                        -- production, qa; bugs only
  created_at TEXT NOT NULL,
  started_at TEXT,
  done_at    TEXT
);

CREATE TABLE deploys (
  deploy_id   INTEGER PRIMARY KEY,
  service     TEXT NOT NULL,
  environment TEXT NOT NULL,
  deployed_at TEXT NOT NULL,
  failed_at   TEXT,
  restored_at TEXT
);

CREATE TABLE changes (
  change_id    INTEGER PRIMARY KEY,
  deploy_id    INTEGER NOT NULL REFERENCES deploys,
  committed_at TEXT NOT NULL
);
