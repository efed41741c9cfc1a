-- Runs, newest first, with their accounts by outcome. $1: most rows, $2 and $3: start and id of the run after which to
-- go on, or null. Index: sync_runs_started_idx, sync_run_accounts_pkey. Reads only.
SELECT
    r.id, r.kind, r.status, r.started_at, r.finished_at, coalesce(r.total, n.total) AS total,
    coalesce(r.successful, n.successful) AS successful, coalesce(r.failed, n.failed) AS failed,
    coalesce(r.skipped, n.skipped) AS skipped, n.pending, coalesce(r.synced, n.synced) AS synced, one.account_id, one.email_address AS email
FROM (
    SELECT * FROM sync_runs
    WHERE $2::timestamptz IS NULL OR (started_at, id) < ($2::timestamptz, $3::uuid)
    ORDER BY started_at DESC, id DESC
    LIMIT $1::integer
) AS r
CROSS JOIN LATERAL (
    SELECT
        count(*) AS total,
        count(*) FILTER (WHERE a.status = 'success') AS successful,
        count(*) FILTER (WHERE a.status = 'failed') AS failed,
        count(*) FILTER (WHERE a.status = 'skipped') AS skipped,
        count(*) FILTER (WHERE a.status = 'pending') AS pending,
        coalesce(sum(a.synced_count), 0)::bigint AS synced
    FROM sync_run_accounts AS a
    WHERE a.run_id = r.id AND r.total IS NULL
) AS n
LEFT JOIN LATERAL (
    SELECT a.account_id, a.email_address FROM sync_run_accounts AS a WHERE a.run_id = r.id AND r.kind = 'manual' LIMIT 1
) AS one ON true
ORDER BY r.started_at DESC, r.id DESC
