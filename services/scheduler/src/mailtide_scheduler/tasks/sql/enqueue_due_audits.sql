-- Create an audit for every active account that is due and has none open, and move its due time.
-- $1: least seconds between two audits of an account, $2: how many are added at random, $3: most accounts at once.
-- Index: account_schedules_audit_idx in its order, sync_tasks_open_idx. Safe to repeat, and with two schedulers at
-- once: a row that another one has locked is skipped, and afterwards its due time has moved.
WITH due AS (
    SELECT s.grant_id
    FROM account_schedules AS s
    WHERE s.next_audit_at <= now()
    ORDER BY s.next_audit_at
    LIMIT $3::integer
    FOR UPDATE OF s SKIP LOCKED
),
moved AS (
    UPDATE account_schedules AS s
    SET next_audit_at = now() + make_interval(secs => $1::double precision + $2::double precision * random())
    FROM due
    WHERE s.grant_id = due.grant_id
    RETURNING s.grant_id
)
INSERT INTO sync_tasks (task_id, grant_id, kind, reason, state, due_at, created_at)
SELECT gen_random_uuid(), moved.grant_id, 'audit', 'timer', 'pending', now(), now()
FROM moved
INNER JOIN account_permissions AS p ON p.grant_id = moved.grant_id AND p.callable AND p.status IS NOT NULL
WHERE
    p.watermark IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM sync_tasks AS t WHERE t.grant_id = moved.grant_id AND t.kind = 'audit' AND t.state <> 'done'
    )
ON CONFLICT DO NOTHING
RETURNING task_id
