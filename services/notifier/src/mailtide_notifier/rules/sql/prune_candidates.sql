-- Delete candidates that are too old to be announced. $1: those received before (unix seconds), $2: most rows at once.
-- Index: notice_messages_received_idx. Safe to repeat.
DELETE FROM notice_messages
WHERE id IN (SELECT id FROM notice_messages WHERE received_at < $1::bigint LIMIT $2::integer)
