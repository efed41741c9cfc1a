-- Messages of an account whose deletion waits for a decision, with what is stored of them.
-- $1: account, $2: most rows, $3: the message after which the page begins, or null.
-- Index: email_accounts_pkey, held_deletions_held_idx, emails_nylas_message_idx. Reads only.
SELECT
    h.message_id, timestamptz 'epoch' + h.held_at * interval '1 microsecond' AS held_at, e.received_at,
    coalesce(e.folders, '{}') AS folders
FROM email_accounts AS a
INNER JOIN held_deletions AS h ON h.grant_id = a.nylas_grant_id AND h.state = 'held'
LEFT JOIN emails AS e ON e.account_id = a.id AND e.nylas_message_id = h.message_id
WHERE a.id = $1::uuid AND ($3::text IS NULL OR h.message_id > $3::text)
ORDER BY h.message_id
LIMIT $2::integer
