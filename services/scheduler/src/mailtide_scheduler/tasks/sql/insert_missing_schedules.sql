-- Create a schedule, due now, for accounts that have none: their event did not reach the scheduler.
-- $1: most accounts at once. Index: email_accounts_nylas_grant_id_key and account_schedules_pkey, merged.
-- Safe to repeat: an existing row does not change.
INSERT INTO account_schedules (grant_id, next_sync_at)
SELECT a.nylas_grant_id, now()
FROM email_accounts AS a
WHERE NOT EXISTS (SELECT FROM account_schedules AS s WHERE s.grant_id = a.nylas_grant_id)
LIMIT $1::integer
ON CONFLICT DO NOTHING
RETURNING grant_id
