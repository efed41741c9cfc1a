-- Start a cron run over all active accounts; returns no row if one is running. $1: id.
-- Index: sync_runs_one_cron_idx, sync_runs_pkey. Safe to repeat and with overlapping calls: at most one runs.
WITH run AS (
    INSERT INTO sync_runs (id, kind, status, started_at)
    VALUES ($1::uuid, 'cron', 'running', now())
    ON CONFLICT (kind) WHERE kind = 'cron' AND status = 'running' DO NOTHING
    RETURNING id
),
accounts AS (
    INSERT INTO sync_run_accounts (run_id, account_id, grant_id, email_address, status)
    SELECT run.id, a.id, a.nylas_grant_id, a.email_address, 'pending'
    FROM run CROSS JOIN email_accounts AS a
    WHERE a.status = 'active'
)
SELECT id FROM run
