-- A run with its accounts by outcome. $1: run.
-- Index: sync_runs_pkey, sync_run_accounts_pkey, sync_tasks_pkey. Reads only.
SELECT
    id, kind, status, started_at, finished_at, total, successful, failed, skipped, pending, synced,
    NULL::uuid AS account_id, NULL::text AS email
FROM run_sums
WHERE id = $1::uuid
