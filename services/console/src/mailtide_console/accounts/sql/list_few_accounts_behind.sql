-- Those of given accounts that match, the furthest behind first. $6: their ids; other parameters as
-- `list_accounts_behind`.
-- Index: email_accounts_pkey, account_schedules_pkey. Reads only.
SELECT
    h.account_id, p.email, p.provider, h.condition, h.since, h.next_at, h.failed_at, h.detail, p.last_delta_at,
    p.proven_at,
    p.behind, h.grant_id
FROM (
    SELECT
        a.id, a.email_address AS email, a.provider, a.last_delta_at, a.proven_at, s.grant_id,
        coalesce(s.watermark, 0) AS behind
    FROM email_accounts AS a
    INNER JOIN account_schedules AS s ON s.grant_id = a.nylas_grant_id
    WHERE
        a.id = ANY ($6::uuid[])
        AND (coalesce(s.watermark, 0), s.grant_id) > ($4::bigint, $5::text)
        AND ($3::text IS NULL OR a.email_address ILIKE $3::text)
    ORDER BY coalesce(s.watermark, 0), s.grant_id
    OFFSET 0
) AS p
INNER JOIN account_health AS h ON h.account_id = p.id
WHERE h.condition = ANY ($2::text[])
ORDER BY p.behind, p.grant_id
LIMIT $1::integer
