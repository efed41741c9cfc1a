-- Those of given accounts that match, the furthest behind first. $6: their grants; other parameters and OFFSET 0 as
-- `list_accounts_behind`.
-- Index: account_schedules_pkey for each grant, then one account at a time. Reads only.
SELECT
    h.account_id, a.email_address AS email, a.provider, h.condition, h.since, h.next_at, h.failed_at, h.detail,
    a.last_delta_at, a.proven_at, p.behind, p.grant_id
FROM (
    SELECT s.grant_id, coalesce(s.watermark, 0) AS behind
    FROM account_schedules AS s
    WHERE
        s.grant_id = ANY ($6::text[])
        AND (coalesce(s.watermark, 0), s.grant_id) > ($4::bigint, $5::text)
    ORDER BY coalesce(s.watermark, 0), s.grant_id
    OFFSET 0
) AS p
INNER JOIN email_accounts AS a ON a.nylas_grant_id = p.grant_id
CROSS JOIN LATERAL (SELECT * FROM account_health WHERE account_id = a.id OFFSET 0) AS h
WHERE
    h.condition = ANY ($2::text[])
    AND ($3::text IS NULL OR a.email_address ILIKE $3::text)
ORDER BY p.behind, p.grant_id
LIMIT $1::integer
