-- For each of the conditions $1, in their order, the account with the oldest `since`.
-- Scans the accounts. Reads only.
SELECT h.account_id, a.email_address AS email, h.condition, h.since, h.next_at, h.failed_at, h.detail
FROM (
    SELECT DISTINCT ON (condition) account_id, condition, since, next_at, failed_at, detail
    FROM account_health
    WHERE condition = ANY ($1::text[])
    ORDER BY condition, since NULLS FIRST, account_id
) AS h
INNER JOIN email_accounts AS a ON a.id = h.account_id
ORDER BY array_position($1::text[], h.condition)
