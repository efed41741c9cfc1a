-- Accounts connected after a time, newest first, with the number of their messages, up to a thousand.
-- $1: time, $2: most rows. Index: emails by account; scans the accounts. Reads only.
SELECT
    a.id, a.email_address AS email, a.provider, a.connected_at,
    (
        SELECT count(*)
        FROM (SELECT FROM emails AS e WHERE e.account_id = a.id LIMIT 1000) AS stored
    ) AS messages
FROM email_accounts AS a
WHERE a.connected_at > $1::timestamptz AND a.status <> 'removed'
ORDER BY a.connected_at DESC, a.id
LIMIT $2::integer
