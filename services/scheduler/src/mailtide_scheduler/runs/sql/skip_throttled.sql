-- Skip the accounts in running runs that may not be called for longer than a run waits.
-- $1: only these grants, or null; $2: only this run, or null; $3: seconds that a cron run waits for an account after its
-- start, and a manual run from now.
-- Index: sync_run_accounts_pkey, sync_tasks_pkey. Safe to repeat: only pending accounts change.
UPDATE sync_run_accounts AS r
SET
    status = 'skipped',
    finished_at = now(),
    synced_count = coalesce(
        (SELECT greatest(t.synced_count - r.base_count, 0) FROM sync_tasks AS t WHERE t.task_id = r.task_id), 0
    ),
    error = 'throttled: no calls before '
        || to_char(s.not_before AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM sync_runs AS run, account_schedules AS s
WHERE
    r.status = 'pending'
    AND run.id = r.run_id AND run.status = 'running'
    AND s.grant_id = r.grant_id
    AND ($1::text[] IS NULL OR r.grant_id = ANY ($1::text[]))
    AND ($2::uuid IS NULL OR r.run_id = $2::uuid)
    AND s.not_before
    > CASE run.kind WHEN 'cron' THEN run.started_at ELSE now() END + make_interval(secs => $3::double precision)
