-- Give a schedule, due now, to accounts that have none: they came without the scheduler hearing of them.
-- $1: most accounts at once. Index: email_accounts_nylas_grant_id_key and account_schedules_pkey, read side by side.
-- Safe to repeat: an existing row stays as it is.
INSERT INTO account_schedules (grant_id, next_sync_at)
SELECT a.nylas_grant_id, now()
FROM email_accounts AS a
WHERE NOT EXISTS (SELECT FROM account_schedules AS s WHERE s.grant_id = a.nylas_grant_id)
LIMIT $1::integer
ON CONFLICT DO NOTHING
RETURNING grant_id
