-- A chunk of the Nylas ids of all messages of an account, deleted ones too, newest first. Reads only.
-- $1: account, $2, $3: moment and id of the last row of the chunk before, $4: rows. Index: emails_received_idx.
SELECT nylas_message_id, received_at, id
FROM emails
WHERE account_id = $1 AND received_at IS NOT NULL
  AND ($2::timestamptz IS NULL OR (received_at, id) < ($2::timestamptz, $3::uuid))
ORDER BY received_at DESC, id DESC
LIMIT $4::integer
