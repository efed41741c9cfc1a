-- Delete some messages of an account permanently. It is called until none is left, so that no statement runs for long.
-- $1: account, $2: most messages. Index: emails_received_idx. Safe to repeat.
DELETE FROM emails
WHERE id IN (SELECT id FROM emails WHERE account_id = $1::uuid LIMIT $2::bigint)
