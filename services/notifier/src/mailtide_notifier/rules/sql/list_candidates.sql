-- Candidates by id. $1: ids. Index: notice_messages_pkey. Reads only.
SELECT id, account_id, message_id, received_at, content, state FROM notice_messages WHERE id = ANY ($1::uuid[])
