-- Accounts, by address; those without one are not listed. $1: most rows, $2: conditions, $3: ILIKE pattern of the
-- address, or null, $4 and $5: address and id of the last row of the page before. OFFSET 0: see `list_accounts_behind`.
-- Index: email_accounts_email_idx, then one account at a time. Reads only.
SELECT
    h.account_id, p.email, p.provider, h.condition, h.since, h.next_at, h.failed_at, h.detail, p.last_delta_at,
    p.proven_at, coalesce(s.watermark, 0) AS behind, h.grant_id
FROM (
    SELECT
        a.id, a.email_address AS email, a.provider, a.last_delta_at, a.proven_at, left(a.email_address, 320) AS place
    FROM email_accounts AS a
    CROSS JOIN LATERAL (SELECT condition FROM account_health WHERE account_id = a.id OFFSET 0) AS c
    WHERE
        (left(a.email_address, 320), a.id) > (left($4::text, 320), $5::uuid)
        AND c.condition = ANY ($2::text[])
        AND ($3::text IS NULL OR a.email_address ILIKE $3::text)
    ORDER BY left(a.email_address, 320), a.id
    LIMIT $1::integer
) AS p
CROSS JOIN LATERAL (SELECT * FROM account_health WHERE account_id = p.id OFFSET 0) AS h
LEFT JOIN account_schedules AS s ON s.grant_id = h.grant_id
ORDER BY p.place, p.id
