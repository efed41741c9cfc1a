-- Skip the accounts for which a cron run has waited for the longest permitted time. $1: seconds that it may last, $2:
-- seconds that it waits for a backfill, or for a delta past its first slice.
-- Index: sync_runs_running_idx, sync_run_accounts_pkey, sync_tasks_pkey. Safe to repeat: only pending accounts change.
UPDATE sync_run_accounts AS r
SET
    status = 'skipped',
    finished_at = now(),
    synced_count = greatest(coalesce(t.synced_count - r.base_count, 0), 0),
    error = coalesce(r.error, 'the sync did not end in time; it continues in the background')
FROM sync_runs AS run
INNER JOIN sync_run_accounts AS ra ON ra.run_id = run.id AND ra.status = 'pending'
LEFT JOIN sync_tasks AS t ON t.task_id = ra.task_id
WHERE
    run.status = 'running' AND run.kind = 'cron'
    AND run.started_at < now() - make_interval(
        secs => CASE
            WHEN t.kind = 'backfill' OR t.until IS NOT NULL THEN $2::double precision ELSE $1::double precision
        END
    )
    AND r.run_id = ra.run_id AND r.grant_id = ra.grant_id AND r.status = 'pending'
