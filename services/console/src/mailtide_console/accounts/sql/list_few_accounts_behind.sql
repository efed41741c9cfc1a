-- Accounts in conditions that few are in, the furthest behind first; parameters as `list_accounts_behind`.
-- Scans the accounts for their conditions, then reads those of the page. Reads only.
WITH matching AS MATERIALIZED (
    SELECT account_id FROM account_health WHERE condition = ANY ($2::text[])
)
SELECT
    h.account_id, p.email, p.provider, h.condition, h.since, h.next_at, h.detail, p.last_delta_at, p.proven_at,
    p.behind, h.grant_id
FROM (
    SELECT
        a.id, a.email_address AS email, a.provider, a.last_delta_at, a.proven_at, s.grant_id,
        coalesce(s.watermark, 0) AS behind
    FROM matching AS m
    INNER JOIN email_accounts AS a ON a.id = m.account_id
    INNER JOIN account_schedules AS s ON s.grant_id = a.nylas_grant_id
    WHERE
        (coalesce(s.watermark, 0), s.grant_id) > ($4::bigint, $5::text)
        AND ($3::text IS NULL OR a.email_address ILIKE $3::text)
    ORDER BY coalesce(s.watermark, 0), s.grant_id
    LIMIT $1::integer
) AS p
INNER JOIN account_health AS h ON h.account_id = p.id
ORDER BY p.behind, p.grant_id
