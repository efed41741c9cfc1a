-- Skip pending accounts in running runs whose task has ended, or whose task or account no longer exists.
-- Index: sync_runs_running_idx, sync_run_accounts_pkey, email_accounts_pkey, sync_tasks_pkey. It reads every pending
-- account of a run, so it runs seldom. Safe to repeat: only pending accounts change.
UPDATE sync_run_accounts AS r
SET
    status = 'skipped',
    finished_at = now(),
    synced_count = greatest(coalesce(found.synced_count - r.base_count, 0), 0),
    error = coalesce(r.error, found.why)
FROM (
    SELECT
        ra.run_id, ra.grant_id, t.synced_count,
        CASE WHEN a.id IS NULL THEN 'the account was purged' ELSE 'its task ended early or was deleted' END AS why
    FROM sync_runs AS run
    INNER JOIN sync_run_accounts AS ra ON ra.run_id = run.id
    LEFT JOIN email_accounts AS a ON a.id = ra.account_id
    LEFT JOIN sync_tasks AS t ON t.task_id = ra.task_id
    WHERE
        run.status = 'running' AND ra.status = 'pending'
        AND (t.task_id IS NULL OR t.state = 'done' OR (a.id IS NULL AND (t.state = 'pending' OR t.lease_until <= now())))
) AS found
WHERE r.run_id = found.run_id AND r.grant_id = found.grant_id AND r.status = 'pending'
