-- Enqueue a proving pass after another pass of an audit. Under the grant's lock.
-- $1: that pass, $2: least seconds until it starts, $3: most seconds that it waits for the repairs.
-- Index: sync_tasks_pkey, sync_tasks_wish_idx. Safe to repeat: it joins a pass that is waiting.
INSERT INTO sync_tasks AS t (
    task_id, grant_id, kind, run_id, follow_up, audit_id, hold_until, reason, state, due_at, created_at
)
SELECT
    gen_random_uuid(), f.grant_id, 'audit', f.run_id, true, coalesce(f.audit_id, f.task_id),
    now() + make_interval(secs => $3::double precision), 'proof', 'pending',
    now() + make_interval(secs => $2::double precision), now()
FROM sync_tasks AS f
WHERE f.task_id = $1::uuid
ON CONFLICT (grant_id, kind, coalesce(message_id, ''), coalesce(thread_id, ''), follow_up)
WHERE state = 'pending' AND until IS NULL
DO UPDATE SET hold_until = excluded.hold_until, due_at = excluded.due_at, audit_id = excluded.audit_id
RETURNING t.task_id
