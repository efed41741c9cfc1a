-- Enqueue or join a backfill or an audit for each pending account of a run. Under the locks of the run's grants.
-- $1: run, $2: kind, $3: whether a task that has begun may be joined, $4: the start date of a backfill.
-- Index: sync_run_accounts_pkey, sync_tasks_open_idx, sync_tasks_wish_idx. Safe to repeat: it joins the same tasks.
WITH found AS (
    SELECT DISTINCT ON (t.grant_id) t.task_id, t.grant_id, t.synced_count
    FROM sync_run_accounts AS r
    INNER JOIN sync_tasks AS t ON t.grant_id = r.grant_id
    WHERE
        r.run_id = $1::uuid AND r.status = 'pending'
        AND t.kind = $2::text AND t.state <> 'done' AND NOT t.follow_up
        AND ($3::boolean OR (t.state = 'pending' AND t.until IS NULL))
    ORDER BY t.grant_id, t.created_at
),
made AS (
    INSERT INTO sync_tasks (task_id, grant_id, kind, run_id, start_date, reason, state, due_at, created_at)
    SELECT gen_random_uuid(), r.grant_id, $2::text, r.run_id, $4::bigint, 'run', 'pending', now(), now()
    FROM sync_run_accounts AS r
    WHERE
        r.run_id = $1::uuid AND r.status = 'pending'
        AND NOT EXISTS (SELECT FROM found WHERE found.grant_id = r.grant_id)
    RETURNING task_id, grant_id, synced_count
),
due AS (
    UPDATE sync_tasks AS t SET due_at = now()
    FROM found
    WHERE t.task_id = found.task_id AND t.state = 'pending' AND t.due_at > now()
)
UPDATE sync_run_accounts AS r
SET task_id = task.task_id, base_count = task.synced_count
FROM (SELECT * FROM found UNION ALL SELECT * FROM made) AS task
WHERE r.run_id = $1::uuid AND r.grant_id = task.grant_id AND r.status = 'pending'
