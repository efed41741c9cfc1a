-- Approve or discard all held deletions of folders of an account. If approved, its folders are listed once more: only a
-- 404 for a folder deletes it. Under the grant's lock.
-- $1: grant, $2: approved, else discarded; $3: now, in microseconds since 1970.
-- Index: held_folders_pkey, sync_tasks_wish_idx. Safe to repeat: nothing is held any more.
WITH decided AS (
    UPDATE held_folders
    SET state = CASE WHEN $2::boolean THEN 'approved' ELSE 'discarded' END, decided_at = $3::bigint
    WHERE grant_id = $1::text AND state = 'held'
    RETURNING grant_id
),
wanted AS (
    INSERT INTO sync_tasks AS t (task_id, grant_id, kind, folders_only, reason, state, due_at, created_at)
    SELECT gen_random_uuid(), grant_id, 'account', true, 'deletion approved', 'pending', now(), now()
    FROM decided
    WHERE $2::boolean
    LIMIT 1
    ON CONFLICT (grant_id, kind, coalesce(message_id, ''), coalesce(thread_id, ''), follow_up)
    WHERE state = 'pending' AND until IS NULL
    DO UPDATE SET due_at = least(t.due_at, now())
)
SELECT count(*) AS decided FROM decided
