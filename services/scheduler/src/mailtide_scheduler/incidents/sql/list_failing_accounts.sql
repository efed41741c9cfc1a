-- Accounts whose syncs fail in a row, with the reason. $1: least number of failures in a row.
-- An account with an incident that explains it is left out, so that one cause raises one alert.
-- Index: none, it reads all schedules. Reads only.
SELECT s.grant_id AS subject, coalesce(a.last_sync_error, 'unknown') AS reason
FROM account_schedules AS s
INNER JOIN email_accounts AS a ON a.nylas_grant_id = s.grant_id AND a.status = 'active'
WHERE
    s.failures >= $1::integer AND s.decision IS NULL
    AND NOT EXISTS (
        SELECT FROM incidents AS i
        WHERE
            i.subject = s.grant_id AND i.ended_at IS NULL
            AND i.kind IN ('grant-invalid', 'consent-missing', 'grant-throttled')
    )
    AND NOT (
        coalesce(a.last_sync_error ~ 'status=401', false)
        AND EXISTS (SELECT FROM incidents AS i WHERE i.kind = 'key-refused' AND i.ended_at IS NULL)
    )
