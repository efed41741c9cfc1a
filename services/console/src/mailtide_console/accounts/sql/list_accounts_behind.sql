-- Accounts, the furthest behind first. $1: most rows, $2: conditions, $3: ILIKE pattern of the address, or null, $4 and
-- $5: watermark and grant of the last row of the page before.
-- OFFSET 0 lets Postgres plan the view for one account at a time. Otherwise it plans for all, and reads all open tasks
-- and held deletions for each page.
-- Index: account_schedules_behind_idx, then one account at a time. Reads only.
SELECT
    h.account_id, p.email, p.provider, h.condition, h.since, h.next_at, h.failed_at, h.detail, p.last_delta_at,
    p.proven_at, p.behind, h.grant_id
FROM (
    SELECT
        a.id, a.email_address AS email, a.provider, a.last_delta_at, a.proven_at, s.grant_id,
        coalesce(s.watermark, 0) AS behind
    FROM account_schedules AS s
    INNER JOIN email_accounts AS a ON a.nylas_grant_id = s.grant_id
    CROSS JOIN LATERAL (SELECT condition FROM account_health WHERE account_id = a.id OFFSET 0) AS c
    WHERE
        (coalesce(s.watermark, 0), s.grant_id) > ($4::bigint, $5::text)
        AND c.condition = ANY ($2::text[])
        AND ($3::text IS NULL OR a.email_address ILIKE $3::text)
    ORDER BY coalesce(s.watermark, 0), s.grant_id
    LIMIT $1::integer
) AS p
CROSS JOIN LATERAL (SELECT * FROM account_health WHERE account_id = p.id OFFSET 0) AS h
ORDER BY p.behind, p.grant_id
