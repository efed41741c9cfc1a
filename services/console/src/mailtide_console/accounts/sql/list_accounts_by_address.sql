-- Accounts, by address; those without one are not listed. $1: most rows, $2: conditions, $3: part of the address in the
-- form of ILIKE, or null, $4 and $5: address and id after which to go on.
-- Index: email_accounts_email_idx, then one account at a time. Reads only.
SELECT
    h.account_id, a.email_address AS email, a.provider, h.condition, h.since, h.next_at, h.failed_at, h.detail,
    a.last_delta_at,
    a.proven_at, coalesce(s.watermark, 0) AS behind, h.grant_id
FROM email_accounts AS a
INNER JOIN account_health AS h ON h.account_id = a.id
LEFT JOIN account_schedules AS s ON s.grant_id = a.nylas_grant_id
WHERE
    (left(a.email_address, 320), a.id) > (left($4::text, 320), $5::uuid)
    AND h.condition = ANY ($2::text[])
    AND ($3::text IS NULL OR a.email_address ILIKE $3::text)
ORDER BY left(a.email_address, 320), a.id
LIMIT $1::integer
