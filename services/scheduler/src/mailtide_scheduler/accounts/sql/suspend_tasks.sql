-- Suspend tasks that have waited for a while and whose account may not be called, so that claims do not read them each
-- time, and they do not count as late. Not suspended are purges, and checks of an invalid grant.
-- $1: seconds that they have waited, $2: most at once.
-- Index: sync_tasks_due_idx in its order. Safe to repeat; resume_tasks requeues them.
WITH suspended AS (
    SELECT t.task_id
    FROM sync_tasks AS t
    CROSS JOIN LATERAL (
        SELECT p.callable, p.status FROM account_permissions AS p WHERE p.grant_id = t.grant_id LIMIT 1
    ) AS s
    WHERE
        t.state = 'pending' AND t.due_at <= now() - make_interval(secs => $1::double precision)
        AND t.kind <> 'purge'
        AND NOT s.callable
        AND NOT (t.kind = 'account' AND s.status = 'invalid')
    ORDER BY t.due_at
    LIMIT $2::integer
    FOR UPDATE OF t SKIP LOCKED
)
UPDATE sync_tasks AS t
SET due_at = 'infinity'
FROM suspended
WHERE t.task_id = suspended.task_id
