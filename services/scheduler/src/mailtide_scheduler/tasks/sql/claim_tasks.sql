-- Lease the tasks that are due, and return them.
-- $1: most tasks that are waiting, and as many whose lease has expired; $2: seconds of the lease until they are known
-- to be sent (then see update_sent_leases); $3: seconds that a delta reaches back before the watermark; how far back a
-- delta compares, in seconds: $4 always, $5 every $6 seconds, $7 every $8 seconds (0: never); $9: seconds for which the
-- approval of a folder's deletion applies; $10: seconds after the end of its lease for which a task delays a purge,
-- and a purge a backfill.
--
-- Not claimed are tasks of accounts that may not be called (except that an invalid grant's status may be requested, a
-- removed account purged, and an account that was connected again called before its row is active); tasks, except
-- purges, before a Retry-After has passed; a delta, backfill or audit while another one of its kind is leased or between
-- slices; a delta without a watermark; an audit before the first backfill has ended; a proving audit while repairs are
-- open, until its longest wait has passed; a backfill while a purge is leased, or was until recently; and a purge while
-- any other task of the account is leased, or was until recently, so that nothing is written after it. Of tasks whose
-- lease has expired, only the first two kinds are left out: so the lost task of a removed account, and the lost purge of
-- one that was connected again, keep their old lease.
--
-- Index: sync_tasks_due_idx and sync_tasks_lease_idx in their order, so a long queue costs nothing; the LIMIT 1 of the
-- look-ups keeps the planner from joining whole tables. sync_tasks_open_idx. Safe with several schedulers: a row that
-- another one has locked is skipped, and a leased task is not due.
-- INV-10.
WITH waiting AS (
    SELECT t.task_id, s.watermark, s.live_watermark, s.medium_window_at, s.long_window_at
    FROM sync_tasks AS t
    CROSS JOIN LATERAL (SELECT * FROM account_permissions AS p WHERE p.grant_id = t.grant_id LIMIT 1) AS s
    WHERE
        t.state = 'pending' AND t.due_at <= now()
        AND (t.kind = 'purge' OR coalesce(s.not_before <= now(), true))
        AND CASE t.kind
            WHEN 'purge' THEN
                s.decision = 'removed' OR (t.message_id IS NOT NULL AND coalesce(s.status, 'removed') = 'removed')
            WHEN 'account' THEN s.callable OR s.status = 'invalid'
            ELSE s.callable
        END
        AND CASE t.kind
            WHEN 'delta' THEN coalesce(s.watermark, s.live_watermark) IS NOT NULL
            WHEN 'audit' THEN
                s.watermark IS NOT NULL
                AND NOT (
                    t.follow_up AND t.hold_until > now()
                    AND EXISTS (
                        SELECT FROM sync_tasks AS o
                        WHERE o.grant_id = t.grant_id AND o.kind IN ('message', 'thread') AND o.state <> 'done'
                    )
                )
            WHEN 'backfill' THEN NOT EXISTS (
                SELECT FROM sync_tasks AS o
                WHERE
                    o.grant_id = t.grant_id AND o.kind = 'purge' AND o.state = 'leased'
                    AND o.lease_until > now() - make_interval(secs => $10::double precision)
            )
            WHEN 'purge' THEN NOT EXISTS (
                SELECT FROM sync_tasks AS o
                WHERE
                    o.grant_id = t.grant_id AND o.task_id <> t.task_id AND o.state = 'leased'
                    AND o.lease_until > now() - make_interval(secs => $10::double precision)
            )
            ELSE true
        END
        AND NOT (
            t.kind IN ('delta', 'backfill', 'audit') AND t.until IS NULL
            AND EXISTS (
                SELECT FROM sync_tasks AS o
                WHERE
                    o.grant_id = t.grant_id AND o.kind = t.kind AND o.task_id <> t.task_id AND o.state <> 'done'
                    AND (o.state = 'leased' OR o.until IS NOT NULL)
            )
        )
    ORDER BY t.due_at
    LIMIT $1::integer
    FOR UPDATE OF t SKIP LOCKED
),
lost AS (
    SELECT t.task_id, s.watermark, s.live_watermark, s.medium_window_at, s.long_window_at
    FROM sync_tasks AS t
    CROSS JOIN LATERAL (SELECT * FROM account_permissions AS p WHERE p.grant_id = t.grant_id LIMIT 1) AS s
    WHERE
        t.state = 'leased' AND t.lease_until <= now()
        AND (t.kind = 'purge' OR coalesce(s.not_before <= now(), true))
        AND CASE t.kind
            WHEN 'purge' THEN
                s.decision = 'removed' OR (t.message_id IS NOT NULL AND coalesce(s.status, 'removed') = 'removed')
            WHEN 'account' THEN s.callable OR s.status = 'invalid'
            ELSE s.callable
        END
    ORDER BY t.lease_until
    LIMIT $1::integer
    FOR UPDATE OF t SKIP LOCKED
),
due AS (
    SELECT * FROM waiting
    UNION ALL
    SELECT * FROM lost
)
UPDATE sync_tasks AS t
SET
    state = 'leased',
    attempts = t.attempts + CASE WHEN t.state = 'leased' AND t.sent_at IS NOT NULL THEN 1 ELSE 0 END,
    lease_until = now() + make_interval(secs => $2::double precision),
    began_at = coalesce(t.began_at, now()),
    sent_at = now(),
    since = CASE
        WHEN t.kind <> 'delta' THEN NULL
        WHEN t.until IS NOT NULL THEN t.since
        ELSE coalesce(due.watermark, due.live_watermark) - $3::bigint
    END,
    window_seconds = CASE
        WHEN t.kind <> 'delta' OR due.watermark IS NULL THEN NULL
        WHEN t.until IS NOT NULL THEN t.window_seconds
        ELSE nullif(
            greatest(
                $4::integer,
                CASE
                    WHEN coalesce(due.medium_window_at + make_interval(secs => $6::double precision) <= now(), true)
                    THEN $5::integer
                END,
                CASE
                    WHEN coalesce(due.long_window_at + make_interval(secs => $8::double precision) <= now(), true)
                    THEN $7::integer
                END
            ),
            0
        )
    END
FROM due
WHERE t.task_id = due.task_id
RETURNING
    t.task_id, t.run_id, t.grant_id, t.kind, t.since, t.until, t.watermark, t.message_id, t.thread_id, t.follow_up,
    t.deletion_seen, t.lane, t.window_seconds, t.start_date, t.folders_only, t.attempts, t.not_found, t.traceparent,
    t.created_at, t.due_at,
    CASE WHEN t.kind IN ('account', 'audit') THEN (
        SELECT array_agg(h.folder_id ORDER BY h.folder_id) FROM held_folders AS h
        WHERE
            h.grant_id = t.grant_id AND h.state = 'approved'
            AND h.decided_at > (extract(EPOCH FROM now()) - $9::double precision) * 1000000
    ) END AS approved_folders
