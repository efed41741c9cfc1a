-- Accounts whose syncs fail in a row, with the reason. $1: least number of failures in a row, $2: conditions that need a
-- person, $3: seconds after which other failures, those of an outage of Nylas, are included.
-- An account with an incident that explains it is left out, so that one cause raises one alert. An open incident stays
-- until a sync succeeds.
-- Index: none, it reads all schedules; the view only for those that fail. Reads only.
SELECT s.grant_id AS subject, coalesce(h.detail, 'unknown') AS reason
FROM account_schedules AS s
INNER JOIN email_accounts AS a ON a.nylas_grant_id = s.grant_id AND a.status = 'active'
INNER JOIN account_health AS h ON h.account_id = a.id
WHERE
    s.failures >= $1::integer AND s.decision IS NULL
    AND (
        h.condition = ANY ($2::text[])
        OR EXISTS (
            SELECT FROM incidents AS i
            WHERE i.subject = s.grant_id AND i.kind = 'sync-failing' AND i.ended_at IS NULL
        )
        OR EXISTS (
            SELECT FROM sync_tasks AS t
            WHERE
                t.grant_id = s.grant_id AND t.kind = 'delta' AND t.state <> 'done'
                AND t.created_at < now() - make_interval(secs => $3::double precision)
        )
    )
    AND NOT EXISTS (
        SELECT FROM incidents AS i
        WHERE
            i.subject = s.grant_id AND i.ended_at IS NULL
            AND i.kind IN ('grant-invalid', 'consent-missing', 'grant-throttled')
    )
    AND NOT (
        h.condition = 'key-refused'
        AND EXISTS (SELECT FROM incidents AS i WHERE i.kind = 'key-refused' AND i.ended_at IS NULL)
    )
