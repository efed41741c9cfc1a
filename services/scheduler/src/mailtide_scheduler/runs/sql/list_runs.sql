-- Runs, newest first, with their durations in milliseconds. $1: most rows, $2: the run after which the page begins, or
-- null.
-- Index: sync_runs_started_idx, sync_run_accounts_pkey. Reads only.
SELECT
    r.id AS run_id, r.kind, r.status, r.started_at, r.finished_at,
    round(extract(EPOCH FROM coalesce(r.finished_at, now()) - r.started_at) * 1000)::bigint AS duration,
    coalesce(r.failed, n.failed) = 0 AS success, coalesce(r.total, n.total) AS total,
    coalesce(r.successful, n.successful) AS successful, coalesce(r.failed, n.failed) AS failed,
    coalesce(r.skipped, n.skipped) AS skipped, n.pending, coalesce(r.synced, n.synced_count) AS synced_count
FROM sync_runs AS r
CROSS JOIN LATERAL (
    SELECT
        count(*) AS total,
        count(*) FILTER (WHERE a.status = 'success') AS successful,
        count(*) FILTER (WHERE a.status = 'failed') AS failed,
        count(*) FILTER (WHERE a.status = 'skipped') AS skipped,
        count(*) FILTER (WHERE a.status = 'pending') AS pending,
        coalesce(sum(a.synced_count), 0)::bigint AS synced_count
    FROM sync_run_accounts AS a
    WHERE a.run_id = r.id AND r.total IS NULL
) AS n
WHERE
    $2::uuid IS NULL
    OR (r.started_at, r.id) < (SELECT c.started_at, c.id FROM sync_runs AS c WHERE c.id = $2::uuid)
ORDER BY r.started_at DESC, r.id DESC
LIMIT $1::integer
