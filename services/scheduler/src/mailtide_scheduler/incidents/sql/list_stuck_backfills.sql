-- Backfills that make no progress. $1: seconds that a slice may be overdue, $2: failed attempts in a row, $3: the
-- workers' consumer group: while an incident reports that nothing consumes there, no further backfill is listed. A
-- backfill that waits for one that has begun, or for the end of a Retry-After, is not overdue.
-- Index: sync_tasks_open_idx. Reads only.
SELECT t.grant_id AS subject, coalesce(max(t.error), 'no worker has reported the slice that is due') AS reason
FROM sync_tasks AS t
INNER JOIN email_accounts AS a ON a.nylas_grant_id = t.grant_id AND a.status = 'active'
INNER JOIN account_schedules AS s ON s.grant_id = t.grant_id AND s.decision IS NULL
WHERE
    t.kind = 'backfill' AND t.state <> 'done'
    AND (
        greatest(t.due_at, s.not_before) < now() - make_interval(secs => $1::double precision)
        OR t.attempts >= $2::integer
    )
    AND NOT (
        t.state = 'pending' AND t.until IS NULL
        AND EXISTS (
            SELECT FROM sync_tasks AS o
            WHERE
                o.grant_id = t.grant_id AND o.kind = 'backfill' AND o.task_id <> t.task_id AND o.state <> 'done'
                AND (o.state = 'leased' OR o.until IS NOT NULL)
        )
    )
    AND NOT EXISTS (
        SELECT FROM incidents AS i
        WHERE
            i.subject = t.grant_id AND i.ended_at IS NULL
            AND i.kind IN ('grant-invalid', 'consent-missing', 'grant-throttled')
    )
    AND (
        NOT EXISTS (
            SELECT FROM incidents AS i
            WHERE i.kind = 'consumer-missing' AND i.subject = $3::text AND i.ended_at IS NULL
        )
        OR EXISTS (
            SELECT FROM incidents AS i
            WHERE i.kind = 'backfill-stuck' AND i.subject = t.grant_id AND i.ended_at IS NULL
        )
    )
GROUP BY t.grant_id
