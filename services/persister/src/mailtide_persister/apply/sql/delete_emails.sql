-- Delete some messages of a purged account permanently, and the rows of their threads; none if the account was connected
-- again meanwhile. It is called until none is left, so that no statement runs for long. A thread without a row is
-- computed from its messages when another one arrives.
-- $1: account, $2: most messages. Index: emails_received_idx, email_threads_pkey, purged_accounts_pkey. Safe to repeat.
WITH chosen AS MATERIALIZED (
    SELECT e.id, e.thread_id
    FROM emails AS e
    WHERE e.account_id = $1::uuid AND EXISTS (SELECT FROM purged_accounts AS p WHERE p.account_id = $1::uuid)
    LIMIT $2::bigint
),
threads AS (
    DELETE FROM email_threads WHERE id IN (SELECT thread_id FROM chosen)
)
DELETE FROM emails WHERE id IN (SELECT id FROM chosen)
