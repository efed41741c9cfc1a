-- Delete the candidates of purged accounts. $1: accounts. Index: notice_messages_account_idx. Safe to repeat.
DELETE FROM notice_messages WHERE account_id = ANY ($1::uuid[])
