-- Made after the rows are in, which is faster than keeping them up to date meanwhile.
CREATE INDEX users_created ON users (created_at);
CREATE INDEX subscriptions_account ON subscriptions (account_id, started_at);
CREATE INDEX payments_paid ON payments (paid_at);
CREATE INDEX costs_incurred ON costs (incurred_at);
CREATE INDEX sessions_started ON sessions (started_at);
CREATE INDEX events_occurred ON events (occurred_at, user_id, feature_id);
CREATE INDEX events_core ON events (user_id, occurred_at) WHERE name = 'core_action';
CREATE INDEX survey_responses_submitted ON survey_responses (kind, submitted_at);
CREATE INDEX work_items_done ON work_items (done_at);
CREATE INDEX deploys_deployed ON deploys (environment, deployed_at);
CREATE INDEX changes_deploy ON changes (deploy_id);
ANALYZE;
