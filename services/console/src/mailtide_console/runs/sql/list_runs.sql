-- Runs, newest first, with their accounts by outcome. $1: most rows, $2 and $3: start and id of the cursor, or null.
-- Index: sync_runs_started_idx, sync_run_accounts_pkey, sync_tasks_pkey. Reads only.
SELECT
    r.id, r.kind, r.status, r.started_at, r.finished_at, r.total, r.successful, r.failed, r.skipped, r.pending,
    r.synced,
    one.account_id, one.email_address AS email
FROM run_sums AS r
LEFT JOIN LATERAL (
    SELECT a.account_id, a.email_address FROM sync_run_accounts AS a WHERE a.run_id = r.id AND r.kind = 'manual' LIMIT 1
) AS one ON true
WHERE $2::timestamptz IS NULL OR (r.started_at, r.id) < ($2::timestamptz, $3::uuid)
ORDER BY r.started_at DESC, r.id DESC
LIMIT $1::integer
