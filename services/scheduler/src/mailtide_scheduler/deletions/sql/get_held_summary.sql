-- Numbers of an account's messages, and the period of those whose deletion waits for a decision. $1: account.
-- Index: email_accounts_pkey, held_deletions_held_idx, emails_nylas_message_idx, emails_received_idx. Reads only.
SELECT
    min(e.received_at) AS received_from, max(e.received_at) AS received_to,
    (SELECT count(*) FROM emails AS m WHERE m.account_id = $1::uuid AND m.deleted_at IS NULL) AS stored
FROM email_accounts AS a
INNER JOIN held_deletions AS h ON h.grant_id = a.nylas_grant_id AND h.state = 'held'
INNER JOIN emails AS e ON e.account_id = a.id AND e.nylas_message_id = h.message_id
WHERE a.id = $1::uuid
