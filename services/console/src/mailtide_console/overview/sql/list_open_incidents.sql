-- Open incidents by kind, each with its oldest incident, the oldest first. Index: incidents_open_idx.
-- Reads only.
SELECT i.kind, i.incidents, i.opened_at, f.reason, f.subject, a.id AS account_id, a.email_address AS email
FROM (
    SELECT kind, count(*) AS incidents, min(opened_at) AS opened_at
    FROM incidents
    WHERE ended_at IS NULL
    GROUP BY kind
) AS i
CROSS JOIN LATERAL (
    SELECT o.reason, o.subject FROM incidents AS o
    WHERE o.kind = i.kind AND o.ended_at IS NULL
    ORDER BY o.opened_at
    LIMIT 1
) AS f
LEFT JOIN email_accounts AS a ON a.nylas_grant_id = f.subject
ORDER BY i.opened_at
