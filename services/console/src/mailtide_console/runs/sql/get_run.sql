-- A run with its accounts by outcome; a pending one counts what its task has found so far. $1: run.
-- Index: sync_runs_pkey, sync_run_accounts_pkey, sync_tasks_pkey. Reads only.
SELECT
    r.id, r.kind, r.status, r.started_at, r.finished_at, coalesce(r.total, n.total) AS total,
    coalesce(r.successful, n.successful) AS successful, coalesce(r.failed, n.failed) AS failed,
    coalesce(r.skipped, n.skipped) AS skipped, n.pending, coalesce(r.synced, n.synced) AS synced, NULL::uuid AS account_id, NULL::text AS email
FROM sync_runs AS r
CROSS JOIN LATERAL (
    SELECT
        count(*) AS total,
        count(*) FILTER (WHERE a.status = 'success') AS successful,
        count(*) FILTER (WHERE a.status = 'failed') AS failed,
        count(*) FILTER (WHERE a.status = 'skipped') AS skipped,
        count(*) FILTER (WHERE a.status = 'pending') AS pending,
        coalesce(sum(
            CASE
                WHEN a.status = 'pending' THEN greatest(coalesce(t.synced_count - a.base_count, 0), 0)
                ELSE a.synced_count
            END
        ), 0)::bigint AS synced
    FROM sync_run_accounts AS a
    LEFT JOIN sync_tasks AS t ON t.task_id = a.task_id AND a.status = 'pending'
    WHERE a.run_id = r.id AND r.total IS NULL
) AS n
WHERE r.id = $1::uuid
