-- Settle accounts of running runs that nothing will settle: no longer active, without a task, or for which a cron
-- run has waited long enough. $1: seconds that a cron run may last.
-- A leased task still reports, so it is waited for.
-- Index: sync_runs_running_idx, sync_run_accounts_pending_idx, email_accounts_pkey, sync_tasks_pkey. Safe to repeat:
-- only pending ones.
UPDATE sync_run_accounts AS r
SET
    status = 'skipped',
    finished_at = now(),
    synced_count = greatest(coalesce(found.synced_count - r.base_count, 0), 0),
    error = coalesce(r.error, found.why)
FROM (
    SELECT
        ra.run_id, ra.grant_id, t.synced_count,
        CASE
            WHEN a.id IS NULL THEN 'the account was removed'
            WHEN a.status <> 'active' THEN 'the account is ' || a.status
            WHEN t.task_id IS NULL OR t.state = 'done' THEN 'the task was given up'
            ELSE 'still syncing; it goes on in the background'
        END AS why
    FROM sync_runs AS run
    INNER JOIN sync_run_accounts AS ra ON ra.run_id = run.id
    LEFT JOIN email_accounts AS a ON a.id = ra.account_id
    LEFT JOIN sync_tasks AS t ON t.task_id = ra.task_id
    WHERE
        run.status = 'running' AND ra.status = 'pending'
        AND (
            t.task_id IS NULL
            OR t.state = 'done'
            OR (coalesce(a.status <> 'active', true) AND (t.state = 'pending' OR t.lease_until <= now()))
            OR (run.kind = 'cron' AND run.started_at < now() - make_interval(secs => $1::double precision))
        )
) AS found
WHERE r.run_id = found.run_id AND r.grant_id = found.grant_id AND r.status = 'pending'
