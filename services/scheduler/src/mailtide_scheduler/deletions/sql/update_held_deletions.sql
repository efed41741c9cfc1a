-- Approve or discard all held deletions of an account. If approved, each message is requested once more: only a 404
-- deletes it. Under the grant's lock. $1: grant, $2: approved, else discarded; $3: now, in microseconds since 1970.
-- Index: held_deletions_held_idx, sync_tasks_wish_idx. Safe to repeat: nothing is held any more.
WITH decided AS (
    UPDATE held_deletions
    SET state = CASE WHEN $2::boolean THEN 'approved' ELSE 'discarded' END, decided_at = $3::bigint
    WHERE grant_id = $1::text AND state = 'held'
    RETURNING grant_id, message_id
),
wanted AS (
    INSERT INTO sync_tasks AS t (
        task_id, grant_id, kind, message_id, deletion_seen, reason, state, due_at, created_at
    )
    SELECT gen_random_uuid(), grant_id, 'message', message_id, true, 'deletion approved', 'pending', now(), now()
    FROM decided
    WHERE $2::boolean
    ORDER BY message_id
    ON CONFLICT (grant_id, kind, coalesce(message_id, ''), coalesce(thread_id, ''), follow_up)
    WHERE state = 'pending' AND until IS NULL
    DO UPDATE SET deletion_seen = true
)
SELECT count(*) AS decided FROM decided
