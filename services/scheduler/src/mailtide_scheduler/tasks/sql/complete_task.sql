-- End a task. Under the grant's lock. $1: task, $2: seconds that a proving audit waits after a repair, so that what the
-- repair fetched is stored before it is counted.
-- Index: sync_tasks_pkey, sync_tasks_open_idx. Safe to repeat: an ended task does not change.
WITH ended AS (
    UPDATE sync_tasks
    SET state = 'done', finished_at = now(), lease_until = NULL
    WHERE task_id = $1::uuid AND state <> 'done'
    RETURNING grant_id, kind
)
UPDATE sync_tasks AS t
SET due_at = greatest(t.due_at, least(t.hold_until, now() + make_interval(secs => $2::double precision)))
FROM ended
WHERE
    ended.kind IN ('message', 'thread')
    AND t.grant_id = ended.grant_id AND t.kind = 'audit' AND t.follow_up AND t.state = 'pending' AND t.until IS NULL
