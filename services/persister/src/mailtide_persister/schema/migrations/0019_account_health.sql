-- The health of each account, in one place: the scheduler's API, the console and `mailtide` read this view.
--
-- `condition` is the first that applies. Each EXISTS can be hashed, so a count over all accounts reads the open work once:
-- 0.8 s for 100,000 accounts. `since`, `next_at` and `detail` are computed for selected rows only, and each names
-- `condition` once, because Postgres copies its expression to each place. The texts for people and the cures are in
-- mailtide_common/contracts/health/, as are the texts of errors that are searched for here.

CREATE VIEW account_health AS
SELECT
    c.account_id, c.grant_id, c.condition,
    CASE c.condition
        WHEN 'purging' THEN (
            SELECT min(t.created_at) FROM sync_tasks AS t
            WHERE t.grant_id = c.grant_id AND t.kind = 'purge' AND t.state <> 'done'
        )
        WHEN 'removed' THEN to_timestamp(c.decided_at / 1000000.0)
        WHEN 'paused' THEN to_timestamp(c.decided_at / 1000000.0)
        WHEN 'grant-invalid' THEN coalesce(
            (
                SELECT to_timestamp(i.opened_at / 1000000.0) FROM incidents AS i
                WHERE i.kind = 'grant-invalid' AND i.subject = c.grant_id AND i.ended_at IS NULL
            ),
            to_timestamp(c.inactive_observed_at / 1000000.0),
            c.last_delta_at
        )
        WHEN 'held-deletions' THEN (
            SELECT to_timestamp(min(h.held_at) / 1000000.0)
            FROM (
                SELECT d.held_at FROM held_deletions AS d WHERE d.grant_id = c.grant_id AND d.state = 'held'
                UNION ALL
                SELECT f.held_at FROM held_folders AS f WHERE f.grant_id = c.grant_id AND f.state = 'held'
            ) AS h
        )
        WHEN 'backfilling' THEN coalesce(
            (
                SELECT min(t.created_at) FROM sync_tasks AS t
                WHERE t.grant_id = c.grant_id AND t.kind = 'backfill' AND t.state <> 'done'
            ),
            c.connected_at
        )
        WHEN 'syncing' THEN (
            SELECT min(t.sent_at) FROM sync_tasks AS t
            WHERE t.grant_id = c.grant_id AND t.kind = 'delta' AND t.state = 'leased'
        )
        WHEN 'unproven' THEN coalesce(c.unproven_at, c.first_pass_at)
        ELSE coalesce(c.last_delta_at, c.connected_at)
    END AS since,
    CASE c.condition
        WHEN 'grant-invalid' THEN c.recheck_at
        WHEN 'behind' THEN NULL
        WHEN 'syncing' THEN NULL
        WHEN 'paused' THEN NULL
        WHEN 'removed' THEN NULL
        WHEN 'purging' THEN NULL
        ELSE coalesce(
            CASE WHEN c.not_before > now() THEN c.not_before END,
            (
                SELECT min(t.due_at) FROM sync_tasks AS t
                WHERE
                    t.grant_id = c.grant_id AND t.kind IN ('delta', 'backfill') AND t.state = 'pending'
                    AND t.due_at < 'infinity'
            ),
            CASE WHEN c.next_sync_at < now() + interval '365 days' THEN c.next_sync_at END
        )
    END AS next_at,
    CASE WHEN c.failures > 0 THEN c.last_finished_at END AS failed_at,
    CASE c.condition
        WHEN 'behind' THEN coalesce(
            (
                SELECT
                    CASE
                        WHEN t.state = 'leased' AND t.sent_at IS NOT NULL THEN format(
                            'sent to the workers at %s, and none has reported since',
                            to_char(t.sent_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')
                        )
                        ELSE format(
                            'the sync that was due at %s has not been sent to a worker',
                            to_char(t.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')
                        )
                    END
                FROM sync_tasks AS t
                WHERE t.grant_id = c.grant_id AND t.kind = 'delta' AND t.state <> 'done'
                ORDER BY t.due_at
                LIMIT 1
            ),
            format(
                'the sync that was due at %s has not been planned',
                to_char(c.next_sync_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')
            )
        )
        WHEN 'held-deletions' THEN concat_ws(
            ' and ',
            (
                SELECT format('%s message%s', count(*), left('s', sign(count(*) - 1)::integer)) FROM held_deletions AS d
                WHERE d.grant_id = c.grant_id AND d.state = 'held'
                HAVING count(*) > 0
            ),
            (
                SELECT format('%s folder%s', count(*), left('s', sign(count(*) - 1)::integer)) FROM held_folders AS f
                WHERE f.grant_id = c.grant_id AND f.state = 'held'
                HAVING count(*) > 0
            )
        )
        WHEN 'current' THEN NULL
        WHEN 'syncing' THEN NULL
        WHEN 'unproven' THEN coalesce(
            'the next one is due at '
            || to_char(least(c.next_proof_at, c.next_audit_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'),
            'none is planned yet'
        )
        WHEN 'paused' THEN NULL
        WHEN 'removed' THEN NULL
        WHEN 'purging' THEN NULL
        WHEN 'grant-invalid' THEN c.last_sync_error
        ELSE coalesce(c.open_error, c.last_sync_error)
    END AS detail
FROM (
    SELECT
        a.id AS account_id, a.nylas_grant_id AS grant_id, a.connected_at, a.last_delta_at, a.first_pass_at,
        a.unproven_at, a.last_sync_error, s.decided_at, s.inactive_observed_at, s.recheck_at, s.not_before,
        s.next_sync_at, s.failures, s.last_finished_at, s.next_proof_at, s.next_audit_at, e.open_error,
        CASE
            WHEN p.status = 'removed' OR (p.status IS NULL AND a.status = 'removed') THEN
                CASE
                    WHEN EXISTS (
                        SELECT FROM sync_tasks AS t
                        WHERE t.grant_id = a.nylas_grant_id AND t.kind = 'purge' AND t.state <> 'done'
                    ) THEN 'purging'
                    ELSE 'removed'
                END
            WHEN p.status = 'paused' OR (p.status IS NULL AND a.status = 'paused') THEN 'paused'
            WHEN NOT p.callable OR (p.status IS NULL AND a.status = 'invalid') THEN 'grant-invalid'
            WHEN s.failures > 0 AND EXISTS (
                SELECT FROM incidents AS i
                WHERE i.subject = a.nylas_grant_id AND i.kind = 'consent-missing' AND i.ended_at IS NULL
            ) THEN 'consent-missing'
            WHEN s.failures > 0 OR s.not_before > now() THEN
                CASE
                    WHEN coalesce(e.open_error, a.last_sync_error) ~ 'status=401' THEN 'key-refused'
                    WHEN
                        coalesce(e.open_error, a.last_sync_error)
                        ~ 'status=5\d\d|Nylas does not answer|took too long|(Connect|Read|Write|Close|Protocol)(Error|Timeout)'
                        THEN 'upstream-outage'
                    WHEN s.not_before > now() THEN 'throttled'
                    ELSE 'failing'
                END
            WHEN
                coalesce(s.watermark, s.live_watermark) IS NOT NULL
                AND (
                    EXISTS (
                        SELECT FROM sync_tasks AS t
                        WHERE
                            t.grant_id = a.nylas_grant_id AND t.kind = 'delta' AND t.state <> 'done'
                            AND t.due_at < now() - interval '2 minutes'
                    )
                    OR (
                        s.next_sync_at < now() - interval '2 minutes'
                        AND NOT EXISTS (
                            SELECT FROM sync_tasks AS t
                            WHERE t.grant_id = a.nylas_grant_id AND t.kind = 'delta' AND t.state <> 'done'
                        )
                    )
                )
                THEN 'behind'
            WHEN
                EXISTS (
                    SELECT FROM held_deletions AS d WHERE d.grant_id = a.nylas_grant_id AND d.state = 'held'
                )
                OR EXISTS (
                    SELECT FROM held_folders AS f WHERE f.grant_id = a.nylas_grant_id AND f.state = 'held'
                )
                THEN 'held-deletions'
            WHEN
                s.watermark IS NULL
                OR EXISTS (
                    SELECT FROM sync_tasks AS t
                    WHERE t.grant_id = a.nylas_grant_id AND t.kind = 'backfill' AND t.state <> 'done'
                )
                THEN 'backfilling'
            WHEN EXISTS (
                SELECT FROM sync_tasks AS t
                WHERE t.grant_id = a.nylas_grant_id AND t.kind = 'delta' AND t.state = 'leased'
            ) THEN 'syncing'
            WHEN a.proven_at IS NULL OR a.unproven_at > a.proven_at THEN 'unproven'
            ELSE 'current'
        END AS condition
    FROM email_accounts AS a
    LEFT JOIN account_schedules AS s ON s.grant_id = a.nylas_grant_id
    LEFT JOIN account_permissions AS p ON p.grant_id = a.nylas_grant_id
    LEFT JOIN LATERAL (
        SELECT t.error AS open_error FROM sync_tasks AS t
        WHERE
            (s.failures > 0 OR s.not_before > now())
            AND t.grant_id = a.nylas_grant_id AND t.state <> 'done' AND t.error IS NOT NULL
        ORDER BY t.reported_at DESC
        LIMIT 1
    ) AS e ON true
) AS c;
COMMENT ON VIEW account_health IS 'One row per account: its condition, since when it applies, and what happens next.';
COMMENT ON COLUMN account_health.since IS
    'When the condition began. Of a mailbox that is not kept current (key-refused, upstream-outage, throttled, failing, '
    'consent-missing, behind): when it last was; the same of a current one.';
COMMENT ON COLUMN account_health.next_at IS
    'When it is synced next by itself (with an invalid grant: when the grant is checked); null: not known, or never.';
COMMENT ON COLUMN account_health.failed_at IS 'When the last sync failed; null: the last one did not.';
COMMENT ON COLUMN account_health.detail IS 'The stored reason, without mail content.';

ALTER TABLE incidents
    ADD COLUMN opened timestamptz GENERATED ALWAYS AS (to_timestamp(opened_at / 1000000.0)) STORED,
    ADD COLUMN ended timestamptz GENERATED ALWAYS AS (to_timestamp(ended_at / 1000000.0)) STORED;
ALTER TABLE incidents ADD COLUMN reported_at timestamptz;
COMMENT ON COLUMN incidents.reported_at IS
    'When a process last reported that it lasts; null: not yet, or the scheduler detects it.';
COMMENT ON COLUMN incidents.opened IS 'opened_at as a timestamp; so is ended.';
COMMENT ON COLUMN sync_tasks.sent_at IS
    'When it was last claimed; null: never, or Kafka did not acknowledge the request.';
