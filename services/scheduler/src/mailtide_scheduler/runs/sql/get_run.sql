-- A run, with the seconds that it took or has taken so far. $1: run. Index: sync_runs_pkey. Reads only.
SELECT
    id, kind, status, started_at, finished_at,
    extract(EPOCH FROM coalesce(finished_at, now()) - started_at)::double precision AS seconds
FROM sync_runs
WHERE id = $1::uuid
