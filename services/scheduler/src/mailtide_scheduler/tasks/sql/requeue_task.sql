-- Schedule another attempt of a task, unless an equal request is waiting: then nothing changes, see merge_task.
-- Under the grant's lock. $1: task, $2: seconds from now, $3: failed attempts to add, $4: whether they are 404s.
-- Index: sync_tasks_pkey, sync_tasks_wish_idx. Repeats are excluded by record_report.
UPDATE sync_tasks AS t
SET
    state = 'pending',
    due_at = now() + make_interval(secs => $2::double precision),
    lease_until = NULL,
    attempts = t.attempts + $3::integer,
    not_found = CASE WHEN $4::boolean THEN t.not_found + $3::integer WHEN $3::integer > 0 THEN 0 ELSE t.not_found END
WHERE
    t.task_id = $1::uuid
    AND NOT EXISTS (
        SELECT FROM sync_tasks AS o
        WHERE
            o.task_id <> t.task_id AND o.grant_id = t.grant_id AND o.kind = t.kind
            AND coalesce(o.message_id, '') = coalesce(t.message_id, '')
            AND coalesce(o.thread_id, '') = coalesce(t.thread_id, '')
            AND o.follow_up = t.follow_up AND o.state = 'pending' AND o.until IS NULL AND t.until IS NULL
    )
RETURNING t.task_id
