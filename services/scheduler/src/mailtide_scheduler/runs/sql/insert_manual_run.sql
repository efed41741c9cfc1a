-- Start a run over one account if it is active. $1: id, $2: account.
-- Returns the account's status; no row if there is no such account.
-- Index: sync_runs_pkey, email_accounts_pkey. Each call starts another run.
WITH account AS (
    SELECT id, nylas_grant_id, email_address, status FROM email_accounts WHERE id = $2::uuid
),
run AS (
    INSERT INTO sync_runs (id, kind, status, started_at)
    SELECT $1::uuid, 'manual', 'running', now() FROM account WHERE status = 'active'
    RETURNING id
),
run_account AS (
    INSERT INTO sync_run_accounts (run_id, account_id, grant_id, email_address, status)
    SELECT run.id, account.id, account.nylas_grant_id, account.email_address, 'pending' FROM run CROSS JOIN account
)
SELECT status FROM account
