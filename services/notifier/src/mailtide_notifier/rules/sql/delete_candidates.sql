-- Delete the candidates of deleted or purged messages. $1: ids. Index: notice_messages_pkey. Safe to repeat.
DELETE FROM notice_messages WHERE id = ANY ($1::uuid[])
