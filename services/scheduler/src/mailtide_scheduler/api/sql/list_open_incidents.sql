-- Incidents that have not ended, with the account that each is about: those about none first, then the oldest first.
-- $1: most rows. Without those about dead letters: the status counts the letters themselves, while their incidents are
-- only checked periodically.
-- Index: incidents_open_idx, email_accounts_nylas_grant_id_key. Reads only.
SELECT i.kind, i.subject, i.reason, i.opened AS opened_at, a.id AS account_id, a.email_address
FROM incidents AS i
LEFT JOIN email_accounts AS a ON a.nylas_grant_id = i.subject
WHERE i.ended_at IS NULL AND i.kind <> 'dead-letters'
ORDER BY a.id IS NOT NULL, i.opened_at, i.id
LIMIT $1::integer
