-- The tables of ../schema.sql for MariaDB 10.5 and MySQL 8.0.17, and later. Load them with
--
--     mariadb product < schema.sql
--
-- DATETIME holds instants as UTC: the exporter's sessions, and its parameters, are UTC. Load with time_zone = '+00:00' what has
-- another one.
--
-- Texts are equal if they are the same characters, as in PostgreSQL and SQLite. MariaDB and MySQL call that collation by different
-- names: each takes the comment with its own.

CREATE TABLE accounts (                     -- customer organisations
  account_id  BIGINT PRIMARY KEY,
  name        VARCHAR(80) NOT NULL,
  segment     VARCHAR(80) NOT NULL,                -- smb, mid, ent
  country     VARCHAR(80) NOT NULL,
  is_internal BOOLEAN NOT NULL DEFAULT FALSE,
  created_at  DATETIME(6) NOT NULL
) DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE users (                        -- the people of an account
  user_id        BIGINT PRIMARY KEY,
  account_id     BIGINT NOT NULL REFERENCES accounts (account_id),
  created_at     DATETIME(6) NOT NULL,      -- sign-up
  deactivated_at DATETIME(6)
) DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE subscriptions (                -- a row per stretch of one plan at one price
  subscription_id BIGINT PRIMARY KEY,
  account_id      BIGINT NOT NULL REFERENCES accounts (account_id),
  plan            VARCHAR(80) NOT NULL,
  is_trial        BOOLEAN NOT NULL,
  mrr_cents       BIGINT NOT NULL CHECK (mrr_cents >= 0),     -- an annual plan is stored as a twelfth
  started_at      DATETIME(6) NOT NULL,
  ended_at        DATETIME(6),
  CHECK (ended_at IS NULL OR ended_at > started_at),
  CHECK (NOT is_trial OR mrr_cents = 0)
) DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE invoices (
  invoice_id   BIGINT PRIMARY KEY,
  account_id   BIGINT NOT NULL REFERENCES accounts (account_id),
  issued_at    DATETIME(6) NOT NULL,
  service_from DATETIME(6) NOT NULL,
  service_to   DATETIME(6) NOT NULL,
  amount_cents BIGINT NOT NULL,
  voided_at    DATETIME(6),
  CHECK (service_to > service_from)
) DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE payments (                     -- money that moved; a refund is a row of its own
  payment_id   BIGINT PRIMARY KEY,
  invoice_id   BIGINT REFERENCES invoices (invoice_id),
  account_id   BIGINT NOT NULL REFERENCES accounts (account_id),
  kind         VARCHAR(80) NOT NULL CHECK (kind IN ('payment', 'refund', 'chargeback')),
  amount_cents BIGINT NOT NULL CHECK (amount_cents > 0),
  paid_at      DATETIME(6) NOT NULL
) DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE costs (
  cost_id      BIGINT PRIMARY KEY,
  category     VARCHAR(80) NOT NULL CHECK (category IN ('cogs', 'sales_marketing', 'r_and_d', 'g_and_a')),
  amount_cents BIGINT NOT NULL,
  incurred_at  DATETIME(6) NOT NULL
) DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE features (
  feature_id  BIGINT PRIMARY KEY,
  feature_key VARCHAR(80) NOT NULL UNIQUE,
  approved_at DATETIME(6) NOT NULL,         -- the idea was accepted
  released_at DATETIME(6)                   -- generally available
) DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE sessions (
  session_id BIGINT PRIMARY KEY,
  user_id    BIGINT NOT NULL REFERENCES users (user_id),
  started_at DATETIME(6) NOT NULL,
  ended_at   DATETIME(6)                    -- NULL: still open
) DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE events (
  event_id    BIGINT PRIMARY KEY,
  user_id     BIGINT NOT NULL REFERENCES users (user_id),
  name        VARCHAR(80) NOT NULL,                -- login, core_action, ...
  feature_id  BIGINT REFERENCES features (feature_id),
  occurred_at DATETIME(6) NOT NULL
) DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE employees (
  employee_id BIGINT PRIMARY KEY,
  team        VARCHAR(80) NOT NULL,
  hired_at    DATETIME(6) NOT NULL,
  left_at     DATETIME(6),
  leave_kind  VARCHAR(80) CHECK (leave_kind IN ('voluntary', 'involuntary'))
) DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE survey_responses (             -- nps and enps 0 to 10, csat 1 to 5
  response_id  BIGINT PRIMARY KEY,
  kind         VARCHAR(80) NOT NULL CHECK (kind IN ('nps', 'csat', 'enps')),
  user_id      BIGINT REFERENCES users (user_id),
  employee_id  BIGINT REFERENCES employees (employee_id),
  score        SMALLINT NOT NULL,
  submitted_at DATETIME(6) NOT NULL,
  CHECK ((kind = 'enps') = (employee_id IS NOT NULL)),
  CHECK ((kind = 'enps') = (user_id IS NULL)),
  CHECK (CASE kind WHEN 'csat' THEN score BETWEEN 1 AND 5 ELSE score BETWEEN 0 AND 10 END)
) DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE sprints (
  sprint_id BIGINT PRIMARY KEY,
  team      VARCHAR(80) NOT NULL,
  starts_at DATETIME(6) NOT NULL,
  ends_at   DATETIME(6) NOT NULL
) DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE work_items (
  item_id    BIGINT PRIMARY KEY,
  kind       VARCHAR(80) NOT NULL CHECK (kind IN ('feature', 'task', 'bug')),
  team       VARCHAR(80) NOT NULL,
  sprint_id  BIGINT REFERENCES sprints (sprint_id),
  points     DECIMAL(9,2),
  found_in   VARCHAR(80) CHECK (found_in IN ('production', 'qa')),    -- bugs only
  created_at DATETIME(6) NOT NULL,
  started_at DATETIME(6),
  done_at    DATETIME(6)
) DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE deploys (
  deploy_id   BIGINT PRIMARY KEY,
  service     VARCHAR(80) NOT NULL,
  environment VARCHAR(80) NOT NULL,                -- production, staging
  deployed_at DATETIME(6) NOT NULL,
  failed_at   DATETIME(6),                  -- found to need remediation
  restored_at DATETIME(6)
) DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE changes (                      -- commits that a deploy carried
  change_id    BIGINT PRIMARY KEY,
  deploy_id    BIGINT NOT NULL REFERENCES deploys (deploy_id),
  committed_at DATETIME(6) NOT NULL
) DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE INDEX users_by_account_id ON users (account_id);
CREATE INDEX users_by_created_at ON users (created_at);
CREATE INDEX subscriptions_by_account_id_started_at ON subscriptions (account_id, started_at);
CREATE INDEX subscriptions_by_ended_at ON subscriptions (ended_at);
CREATE INDEX invoices_by_service_from_service_to ON invoices (service_from, service_to);
CREATE INDEX payments_by_paid_at ON payments (paid_at);
CREATE INDEX costs_by_incurred_at ON costs (incurred_at);
CREATE INDEX sessions_by_started_at ON sessions (started_at);
CREATE INDEX sessions_by_ended_at ON sessions (ended_at);
CREATE INDEX events_by_occurred_at_user_id ON events (occurred_at, user_id);
CREATE INDEX events_by_user_id_name_occurred_at ON events (user_id, name, occurred_at);
CREATE INDEX survey_responses_by_kind_submitted_at ON survey_responses (kind, submitted_at);
CREATE INDEX work_items_by_created_at ON work_items (created_at);
CREATE INDEX work_items_by_done_at ON work_items (done_at);
CREATE INDEX deploys_by_environment_deployed_at ON deploys (environment, deployed_at);
CREATE INDEX changes_by_deploy_id ON changes (deploy_id);
