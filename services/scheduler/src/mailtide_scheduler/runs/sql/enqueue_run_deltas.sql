-- Make every pending account of a run due regardless of its back-off, but not before a Retry-After has passed. Under
-- the locks of the run's grants. $1: run.
-- A delta that is waiting is joined. If one has begun, a new one follows it, because it may have listed the mailbox
-- before the run was requested. A mailbox whose first backfill is running is in sync when that has ended, so the run
-- waits for it.
-- Index: sync_run_accounts_pkey, sync_tasks_wish_idx, sync_tasks_open_idx. Safe to repeat: it joins the same tasks.
WITH wanted AS (
    INSERT INTO sync_tasks AS t (task_id, grant_id, kind, run_id, reason, state, due_at, created_at)
    SELECT
        gen_random_uuid(), r.grant_id, 'delta', r.run_id, 'run', 'pending', greatest(now(), s.not_before), now()
    FROM sync_run_accounts AS r
    INNER JOIN account_schedules AS s ON s.grant_id = r.grant_id
    WHERE r.run_id = $1::uuid AND r.status = 'pending'
    ORDER BY r.grant_id
    ON CONFLICT (grant_id, kind, coalesce(message_id, ''), coalesce(thread_id, ''), follow_up)
    WHERE state = 'pending' AND until IS NULL
    DO UPDATE SET due_at = least(t.due_at, excluded.due_at), run_id = excluded.run_id
    RETURNING t.task_id, t.grant_id, t.synced_count
)
UPDATE sync_run_accounts AS r
SET
    task_id = coalesce(b.task_id, wanted.task_id),
    base_count = CASE WHEN b.task_id IS NULL THEN wanted.synced_count ELSE b.synced_count END
FROM wanted
INNER JOIN account_schedules AS s ON s.grant_id = wanted.grant_id
LEFT JOIN sync_tasks AS b
    ON b.grant_id = wanted.grant_id AND b.kind = 'backfill' AND b.state <> 'done' AND s.watermark IS NULL
WHERE r.run_id = $1::uuid AND r.grant_id = wanted.grant_id AND r.status = 'pending'
