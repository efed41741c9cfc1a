-- End the runs in which no account is pending, and sum their accounts once.
-- Index: sync_runs_running_idx, sync_run_accounts_pkey. Safe to repeat: an ended run stays ended.
UPDATE sync_runs AS r
SET
    status = 'finished',
    finished_at = now(),
    (total, successful, failed, skipped, synced) = (
        SELECT
            count(*),
            count(*) FILTER (WHERE a.status = 'success'),
            count(*) FILTER (WHERE a.status = 'failed'),
            count(*) FILTER (WHERE a.status = 'skipped'),
            coalesce(sum(a.synced_count), 0)::bigint
        FROM sync_run_accounts AS a
        WHERE a.run_id = r.id
    )
WHERE
    r.status = 'running'
    AND NOT EXISTS (SELECT FROM sync_run_accounts AS a WHERE a.run_id = r.id AND a.status = 'pending')
RETURNING r.id, r.kind, extract(EPOCH FROM r.finished_at - r.started_at)::double precision AS seconds
