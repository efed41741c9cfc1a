-- Runs, newest first, with their durations in milliseconds. $1: most rows, $2: the run after which the page begins, or
-- null.
-- Index: sync_runs_started_idx, sync_run_accounts_pkey, sync_tasks_pkey. Reads only.
SELECT
    id AS run_id, kind, status, started_at, finished_at,
    round(extract(EPOCH FROM coalesce(finished_at, now()) - started_at) * 1000)::bigint AS duration,
    failed = 0 AS success, total, successful, failed, skipped, pending, synced AS synced_count
FROM run_sums
WHERE
    $2::uuid IS NULL
    OR (started_at, id) < (SELECT c.started_at, c.id FROM sync_runs AS c WHERE c.id = $2::uuid)
ORDER BY started_at DESC, id DESC
LIMIT $1::integer
