-- Accounts with some of the conditions, in the order of these, the longest first. $1: conditions, $2: most rows.
-- Index: none, it reads all accounts. Reads only.
SELECT
    a.id, coalesce(a.email_address, 'grant ' || a.nylas_grant_id) AS name, a.email_address,
    a.nylas_grant_id AS grant_id,
    h.condition, h.since, h.next_at, h.failed_at, h.detail
FROM account_health AS h
INNER JOIN email_accounts AS a ON a.id = h.account_id
WHERE h.condition = ANY ($1::text[])
ORDER BY array_position($1::text[], h.condition), h.since NULLS FIRST, a.id
LIMIT $2::integer
