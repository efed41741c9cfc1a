-- Accounts, the furthest behind first. $1: most rows, $2: conditions, $3: part of the address in the form of ILIKE, or
-- null, $4 and $5: watermark and grant after which to go on.
-- Index: account_schedules_behind_idx, then one account at a time. Reads only.
SELECT
    h.account_id, a.email_address AS email, a.provider, h.condition, h.since, h.next_at, h.failed_at, h.detail,
    a.last_delta_at,
    a.proven_at, coalesce(s.watermark, 0) AS behind, h.grant_id
FROM account_schedules AS s
INNER JOIN email_accounts AS a ON a.nylas_grant_id = s.grant_id
INNER JOIN account_health AS h ON h.account_id = a.id
WHERE
    (coalesce(s.watermark, 0), s.grant_id) > ($4::bigint, $5::text)
    AND h.condition = ANY ($2::text[])
    AND ($3::text IS NULL OR a.email_address ILIKE $3::text)
ORDER BY coalesce(s.watermark, 0), s.grant_id
LIMIT $1::integer
