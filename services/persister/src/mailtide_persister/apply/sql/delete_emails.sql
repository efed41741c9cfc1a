-- Delete some messages of an account permanently, and the rows of their threads. It is called until none is left, so
-- that no statement runs for long. A thread without a row is computed from its messages when another one arrives.
-- $1: account, $2: most messages. Index: emails_received_idx, email_threads_pkey. Safe to repeat.
WITH threads AS (
    DELETE FROM email_threads
    WHERE id IN (SELECT thread_id FROM emails WHERE account_id = $1::uuid LIMIT $2::bigint)
)
DELETE FROM emails
WHERE id IN (SELECT id FROM emails WHERE account_id = $1::uuid LIMIT $2::bigint)
