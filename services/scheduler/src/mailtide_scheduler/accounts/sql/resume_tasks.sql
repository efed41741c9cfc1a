-- Requeue suspended tasks. $1: grants, or null for all tasks whose account may be called, and for checks of an invalid
-- grant; $2: most at once.
-- Index: sync_tasks_late_idx. Safe to repeat: what is due stays due.
UPDATE sync_tasks
SET due_at = now()
WHERE task_id IN (
    SELECT t.task_id
    FROM sync_tasks AS t
    WHERE
        t.state = 'pending' AND t.due_at = 'infinity'
        AND ($1::text[] IS NULL OR t.grant_id = ANY ($1::text[]))
        AND (
            $1::text[] IS NOT NULL
            OR EXISTS (
                SELECT FROM account_permissions AS p
                WHERE p.grant_id = t.grant_id AND (p.callable OR (t.kind = 'account' AND p.status = 'invalid'))
            )
        )
    LIMIT $2::integer
    FOR UPDATE SKIP LOCKED
)
