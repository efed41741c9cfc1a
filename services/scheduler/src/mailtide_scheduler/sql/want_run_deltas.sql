-- Make every pending account of a run due, whatever its back-off; only a Retry-After is honoured. Under the locks
-- of the run's grants. $1: run, $2: whether to list from the beginning.
-- A delta that waits is taken over; beside one that has begun a new one waits for its turn, because the begun one
-- may have looked before the run was asked for.
-- Index: sync_run_accounts_pkey, sync_tasks_wish_idx. Safe to repeat: the same tasks are found again.
WITH wanted AS (
    INSERT INTO sync_tasks AS t (task_id, grant_id, kind, run_id, reason, whole, state, due_at, created_at)
    SELECT
        gen_random_uuid(), r.grant_id, 'delta', r.run_id, 'run', $2::boolean, 'pending',
        greatest(now(), s.not_before), now()
    FROM sync_run_accounts AS r
    INNER JOIN account_schedules AS s ON s.grant_id = r.grant_id
    WHERE r.run_id = $1::uuid AND r.status = 'pending'
    ORDER BY r.grant_id
    ON CONFLICT (grant_id, kind, coalesce(message_id, ''), coalesce(thread_id, ''), follow_up)
    WHERE state = 'pending' AND until IS NULL
    DO UPDATE SET
        due_at = least(t.due_at, excluded.due_at), run_id = excluded.run_id, whole = t.whole OR excluded.whole
    RETURNING t.task_id, t.grant_id
)
UPDATE sync_run_accounts AS r
SET task_id = wanted.task_id
FROM wanted
WHERE r.run_id = $1::uuid AND r.grant_id = wanted.grant_id AND r.status = 'pending'
