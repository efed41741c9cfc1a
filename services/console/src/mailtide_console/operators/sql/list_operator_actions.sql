-- Changes that operators requested, newest first. $1: most rows, $2 and $3: time and id of the cursor, or null,
-- $4: operator, or null for all. Index: operator_actions_at_idx. Reads only.
SELECT o.id, o.at, o.operator, o.action, o.account_id, a.email_address AS email, o.detail, o.status, o.error
FROM operator_actions AS o
LEFT JOIN email_accounts AS a ON a.id = o.account_id
WHERE
    ($2::timestamptz IS NULL OR (o.at, o.id) < ($2::timestamptz, $3::uuid))
    AND ($4::text IS NULL OR o.operator = $4::text)
ORDER BY o.at DESC, o.id DESC
LIMIT $1::integer
