-- Take tasks off the queue that have waited for a while and whose account may not be called, so that claims do not look
-- at them each time. $1: seconds that they have waited, $2: most at once.
-- Index: sync_tasks_due_idx in its order. Safe to repeat; resume_tasks puts them back.
WITH held AS (
    SELECT t.task_id
    FROM sync_tasks AS t
    LEFT JOIN LATERAL (
        SELECT e.status FROM email_accounts AS e WHERE e.nylas_grant_id = t.grant_id LIMIT 1
    ) AS a ON true
    LEFT JOIN LATERAL (
        SELECT c.decision, c.active_observed_at > coalesce(c.inactive_observed_at, 0) AS back
        FROM account_schedules AS c WHERE c.grant_id = t.grant_id LIMIT 1
    ) AS s ON true
    WHERE
        t.state = 'pending' AND t.due_at <= now() - make_interval(secs => $1::double precision)
        AND t.kind NOT IN ('account', 'purge')
        AND (s.decision IS NOT NULL OR (a.status <> 'active' AND NOT coalesce(s.back, false)))
    ORDER BY t.due_at
    LIMIT $2::integer
    FOR UPDATE OF t SKIP LOCKED
)
UPDATE sync_tasks AS t
SET due_at = 'infinity'
FROM held
WHERE t.task_id = held.task_id
