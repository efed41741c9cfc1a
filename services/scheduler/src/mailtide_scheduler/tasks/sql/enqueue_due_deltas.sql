-- Create a delta for every active account that is due and has none open, and move its due time.
-- $1: least seconds between two deltas of an account, $2: how many are added at random, $3: most accounts at once.
-- The due time of an account that may not be called moves too, so that it is not read each time. When it works again it
-- is made due, and may then be called at once, although its row is active only a moment later.
-- Index: account_schedules_next_sync_idx in its order, sync_tasks_open_idx, email_accounts_nylas_grant_id_key. Safe to
-- repeat, and with two schedulers at once: a row that another one has locked is skipped, and afterwards its due time
-- has moved.
WITH due AS (
    SELECT s.grant_id
    FROM account_schedules AS s
    WHERE
        s.next_sync_at <= now()
        AND coalesce(s.not_before <= now(), true)
        AND NOT EXISTS (
            SELECT FROM sync_tasks AS t WHERE t.grant_id = s.grant_id AND t.kind = 'delta' AND t.state <> 'done'
        )
    ORDER BY s.next_sync_at
    LIMIT $3::integer
    FOR UPDATE OF s SKIP LOCKED
),
moved AS (
    UPDATE account_schedules AS s
    SET next_sync_at = now() + make_interval(secs => $1::double precision + $2::double precision * random())
    FROM due
    WHERE s.grant_id = due.grant_id
    RETURNING s.grant_id
)
INSERT INTO sync_tasks (task_id, grant_id, kind, reason, state, due_at, created_at)
SELECT gen_random_uuid(), moved.grant_id, 'delta', 'timer', 'pending', now(), now()
FROM moved
INNER JOIN account_permissions AS p ON p.grant_id = moved.grant_id AND p.callable AND p.status IS NOT NULL
ON CONFLICT DO NOTHING
RETURNING task_id
