-- Lease what is due, and give it back for sending.
-- $1: most tasks at once, $2: seconds of the lease until they are known to be sent (then see confirm_sent),
-- $3: seconds that a delta reaches back before the watermark.
--
-- Held back: tasks of accounts that are not active (except asking for an invalid grant's status, and except an
-- account that was connected again and whose row is not yet written), tasks inside a Retry-After, and a delta
-- whose predecessor has begun.
--
-- Index: sync_tasks_due_idx, sync_tasks_lease_idx, sync_tasks_open_idx. Safe with several schedulers: a row that
-- another one is leasing is skipped, and a leased one is not due.
WITH due AS (
    SELECT t.task_id, s.watermark AS known
    FROM sync_tasks AS t
    LEFT JOIN email_accounts AS a ON a.nylas_grant_id = t.grant_id
    LEFT JOIN account_schedules AS s ON s.grant_id = t.grant_id
    WHERE
        ((t.state = 'pending' AND t.due_at <= now()) OR (t.state = 'leased' AND t.lease_until <= now()))
        AND coalesce(s.not_before <= now(), true)
        AND (
            coalesce(a.status = 'active', true)
            OR (a.status = 'invalid' AND t.kind = 'account')
            OR s.active_observed_at > coalesce(a.observed_at, 0)
        )
        AND NOT (
            t.kind = 'delta' AND t.state = 'pending' AND t.until IS NULL
            AND EXISTS (
                SELECT FROM sync_tasks AS o
                WHERE
                    o.grant_id = t.grant_id AND o.kind = 'delta' AND o.task_id <> t.task_id
                    AND (o.state = 'leased' OR (o.state = 'pending' AND o.until IS NOT NULL))
            )
        )
    ORDER BY coalesce(t.lease_until, t.due_at)
    LIMIT $1::integer
    FOR UPDATE OF t SKIP LOCKED
)
UPDATE sync_tasks AS t
SET
    state = 'leased',
    attempts = t.attempts + CASE WHEN t.state = 'leased' THEN 1 ELSE 0 END,
    lease_until = now() + make_interval(secs => $2::double precision),
    since = CASE
        WHEN t.kind <> 'delta' OR t.whole THEN NULL
        WHEN t.until IS NOT NULL THEN t.since
        ELSE due.known - $3::bigint
    END
FROM due
WHERE t.task_id = due.task_id
RETURNING
    t.task_id, t.run_id, t.grant_id, t.kind, t.since, t.until, t.watermark, t.message_id, t.thread_id, t.follow_up,
    t.deletion_seen, t.attempts
