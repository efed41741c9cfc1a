-- Merge a task that would be tried again into the equal request that is waiting, with its attempts, age, delay and
-- runs. Under the grant's lock. $1: task, $2: seconds from now, $3: failed attempts to add, $4: whether they are 404s.
-- Index: sync_tasks_pkey, sync_tasks_wish_idx, sync_run_accounts_task_idx. Repeats are excluded by record_report.
WITH ended AS (
    UPDATE sync_tasks
    SET state = 'done', finished_at = now(), lease_until = NULL
    WHERE task_id = $1::uuid
    RETURNING *
),
heir AS (
    UPDATE sync_tasks AS o
    SET
        due_at = greatest(o.due_at, now() + make_interval(secs => $2::double precision)),
        attempts = greatest(o.attempts, e.attempts + $3::integer),
        not_found = greatest(
            o.not_found,
            CASE WHEN $4::boolean THEN e.not_found + $3::integer WHEN $3::integer > 0 THEN 0 ELSE e.not_found END
        ),
        created_at = least(o.created_at, e.created_at),
        synced_count = o.synced_count + e.synced_count,
        deletion_seen = o.deletion_seen OR e.deletion_seen,
        folders_only = o.folders_only AND e.folders_only,
        lane = CASE WHEN e.lane = 'live' THEN 'live' ELSE o.lane END
    FROM ended AS e
    WHERE
        o.task_id <> e.task_id AND o.grant_id = e.grant_id AND o.kind = e.kind
        AND coalesce(o.message_id, '') = coalesce(e.message_id, '')
        AND coalesce(o.thread_id, '') = coalesce(e.thread_id, '')
        AND o.follow_up = e.follow_up AND o.state = 'pending' AND o.until IS NULL
    RETURNING o.task_id
)
UPDATE sync_run_accounts AS r
SET task_id = heir.task_id
FROM heir
WHERE r.task_id = $1::uuid AND r.status = 'pending'
