-- Those of given accounts that match, by address. $6: their ids; other parameters as `list_accounts_by_address`.
-- Index: email_accounts_pkey, account_schedules_pkey. Reads only.
SELECT
    h.account_id, p.email, p.provider, h.condition, h.since, h.next_at, h.failed_at, h.detail, p.last_delta_at,
    p.proven_at,
    p.behind, h.grant_id
FROM (
    SELECT
        a.id, a.email_address AS email, a.provider, a.last_delta_at, a.proven_at,
        coalesce(s.watermark, 0) AS behind
    FROM email_accounts AS a
    LEFT JOIN account_schedules AS s ON s.grant_id = a.nylas_grant_id
    WHERE
        a.id = ANY ($6::uuid[])
        AND (a.email_address, a.id) > ($4::text, $5::uuid)
        AND ($3::text IS NULL OR a.email_address ILIKE $3::text)
    ORDER BY a.email_address, a.id
    OFFSET 0
) AS p
INNER JOIN account_health AS h ON h.account_id = p.id
WHERE h.condition = ANY ($2::text[])
ORDER BY p.email, p.id
LIMIT $1::integer
