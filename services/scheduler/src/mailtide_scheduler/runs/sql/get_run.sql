-- A run, with its duration in milliseconds, until now if it is running. $1: run. Index: sync_runs_pkey. Reads only.
SELECT
    id AS run_id, kind, status, started_at, finished_at,
    round(extract(EPOCH FROM coalesce(finished_at, now()) - started_at) * 1000)::bigint AS duration
FROM sync_runs
WHERE id = $1::uuid
