-- Mailboxes whose delta is overdue although nothing reports that it fails. $1: seconds that it is overdue, $2: the
-- workers' consumer group: while an incident reports that nothing consumes there, no further mailbox is listed.
-- Progress, a back-off and a resumption all move the due time of a task. A delta that waits for one that has begun, or
-- for the end of a Retry-After, is not overdue.
-- Index: sync_tasks_open_idx. Reads only.
SELECT t.grant_id AS subject, to_char(min(t.due_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"') AS reason
FROM sync_tasks AS t
INNER JOIN email_accounts AS a ON a.nylas_grant_id = t.grant_id AND a.status = 'active'
INNER JOIN account_schedules AS s ON s.grant_id = t.grant_id AND s.decision IS NULL
WHERE
    t.kind = 'delta' AND t.state <> 'done'
    AND greatest(t.due_at, s.not_before) < now() - make_interval(secs => $1::double precision)
    AND NOT (
        t.state = 'pending' AND t.until IS NULL
        AND EXISTS (
            SELECT FROM sync_tasks AS o
            WHERE
                o.grant_id = t.grant_id AND o.kind = 'delta' AND o.task_id <> t.task_id AND o.state <> 'done'
                AND (o.state = 'leased' OR o.until IS NOT NULL)
        )
    )
    AND NOT EXISTS (
        SELECT FROM incidents AS i
        WHERE
            i.subject = t.grant_id AND i.ended_at IS NULL
            AND i.kind IN ('grant-invalid', 'consent-missing', 'grant-throttled', 'sync-failing')
    )
    AND (
        NOT EXISTS (
            SELECT FROM incidents AS i
            WHERE i.kind = 'consumer-missing' AND i.subject = $2::text AND i.ended_at IS NULL
        )
        OR EXISTS (
            SELECT FROM incidents AS i
            WHERE i.kind = 'mailbox-stale' AND i.subject = t.grant_id AND i.ended_at IS NULL
        )
    )
GROUP BY t.grant_id
