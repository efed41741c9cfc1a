-- A chunk of the Nylas ids of all messages of an account, deleted ones too. Reads only.
-- $1: account, $2: the last id of the chunk before, $3: rows. Index: emails_nylas_message_idx.
SELECT nylas_message_id
FROM emails
WHERE account_id = $1 AND nylas_message_id > $2::text
ORDER BY nylas_message_id
LIMIT $3::integer
