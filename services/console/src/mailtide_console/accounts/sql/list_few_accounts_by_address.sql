-- Those of given accounts that match, by address. $6: their grants; other parameters and OFFSET 0 as
-- `list_accounts_by_address`.
-- Index: email_accounts_nylas_grant_id_key for each grant, then one account at a time. Reads only.
SELECT
    h.account_id, p.email, p.provider, h.condition, h.since, h.next_at, h.failed_at, h.detail, p.last_delta_at,
    p.proven_at, coalesce(s.watermark, 0) AS behind, h.grant_id
FROM (
    SELECT
        a.id, a.email_address AS email, a.provider, a.last_delta_at, a.proven_at, left(a.email_address, 320) AS place
    FROM email_accounts AS a
    WHERE
        a.nylas_grant_id = ANY ($6::text[])
        AND (left(a.email_address, 320), a.id) > (left($4::text, 320), $5::uuid)
        AND ($3::text IS NULL OR a.email_address ILIKE $3::text)
    ORDER BY left(a.email_address, 320), a.id
    OFFSET 0
) AS p
CROSS JOIN LATERAL (SELECT * FROM account_health WHERE account_id = p.id OFFSET 0) AS h
LEFT JOIN account_schedules AS s ON s.grant_id = h.grant_id
WHERE h.condition = ANY ($2::text[])
ORDER BY p.place, p.id
LIMIT $1::integer
