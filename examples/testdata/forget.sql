-- Takes away everything that was not known yet at 2026-03-17 15:30:00 UTC.
BEGIN;
UPDATE users SET deactivated_at = NULL WHERE deactivated_at > '2026-03-17 15:30:00+00';
UPDATE subscriptions SET ended_at = NULL WHERE ended_at > '2026-03-17 15:30:00+00';
UPDATE invoices SET voided_at = NULL WHERE voided_at > '2026-03-17 15:30:00+00';
UPDATE features SET released_at = NULL WHERE released_at > '2026-03-17 15:30:00+00';
UPDATE sessions SET ended_at = NULL WHERE ended_at > '2026-03-17 15:30:00+00';
UPDATE employees SET left_at = NULL, leave_kind = NULL WHERE left_at > '2026-03-17 15:30:00+00';
UPDATE work_items SET done_at = NULL WHERE done_at > '2026-03-17 15:30:00+00';
UPDATE work_items SET started_at = NULL WHERE started_at > '2026-03-17 15:30:00+00';
UPDATE deploys SET restored_at = NULL WHERE restored_at > '2026-03-17 15:30:00+00';
UPDATE deploys SET failed_at = NULL WHERE failed_at > '2026-03-17 15:30:00+00';

DELETE FROM changes WHERE deploy_id IN (SELECT deploy_id FROM deploys WHERE deployed_at > '2026-03-17 15:30:00+00');
DELETE FROM deploys WHERE deployed_at > '2026-03-17 15:30:00+00';
DELETE FROM work_items WHERE created_at > '2026-03-17 15:30:00+00';
DELETE FROM survey_responses WHERE submitted_at > '2026-03-17 15:30:00+00';
DELETE FROM employees WHERE hired_at > '2026-03-17 15:30:00+00';
DELETE FROM events WHERE occurred_at > '2026-03-17 15:30:00+00';
DELETE FROM sessions WHERE started_at > '2026-03-17 15:30:00+00';
DELETE FROM features WHERE approved_at > '2026-03-17 15:30:00+00';
DELETE FROM costs WHERE incurred_at > '2026-03-17 15:30:00+00';
DELETE FROM payments WHERE paid_at > '2026-03-17 15:30:00+00';
DELETE FROM invoices WHERE issued_at > '2026-03-17 15:30:00+00';
DELETE FROM subscriptions WHERE started_at > '2026-03-17 15:30:00+00';
DELETE FROM users WHERE created_at > '2026-03-17 15:30:00+00';
DELETE FROM accounts WHERE created_at > '2026-03-17 15:30:00+00';
COMMIT;
