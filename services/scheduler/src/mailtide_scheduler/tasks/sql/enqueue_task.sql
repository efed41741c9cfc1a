-- Enqueue a request, or merge it with an equal one that waits and has completed no slice. Under the grant's lock.
-- The merged task is due at the earlier time; a follow-up at the later one, because it must be newer than what each of
-- its requests has compared (INV-16).
-- $1: id, $2: grant, $3: kind, $4: message, $5: thread, $6: follow_up, $7: deletion_seen, $8: reason, $9: microseconds
-- since 1970 before which it must not start, $10: lane; a live task stays live. $11: trace, $12: the start date of a
-- backfill in Unix seconds, $13: whether only folders may have changed.
-- Index: sync_tasks_pkey, sync_tasks_wish_idx. Safe to repeat: the id is derived from the record that holds the
-- request, so that the same record finds its task again, even an ended one.
INSERT INTO sync_tasks AS t (
    task_id, grant_id, kind, message_id, thread_id, follow_up, deletion_seen, reason, lane, traceparent, start_date,
    folders_only, state, due_at, created_at
)
SELECT
    $1::uuid, $2::text, $3::text, $4::text, $5::text, $6::boolean, $7::boolean, $8::text, $10::text, $11::text, $12::bigint, $13::boolean, 'pending',
    greatest(now(), s.not_before, timestamptz 'epoch' + $9::bigint * interval '1 microsecond'), now()
FROM account_schedules AS s
WHERE s.grant_id = $2::text AND NOT EXISTS (SELECT FROM sync_tasks WHERE task_id = $1::uuid)
ON CONFLICT (grant_id, kind, coalesce(message_id, ''), coalesce(thread_id, ''), follow_up)
WHERE state = 'pending' AND until IS NULL
DO UPDATE SET
    due_at = CASE
        WHEN t.follow_up THEN greatest(t.due_at, excluded.due_at)
        ELSE least(t.due_at, excluded.due_at)
    END,
    deletion_seen = t.deletion_seen OR excluded.deletion_seen,
    folders_only = t.folders_only AND excluded.folders_only,
    lane = CASE WHEN excluded.lane = 'live' THEN 'live' ELSE t.lane END,
    traceparent = coalesce(t.traceparent, excluded.traceparent)
RETURNING t.task_id, t.due_at
