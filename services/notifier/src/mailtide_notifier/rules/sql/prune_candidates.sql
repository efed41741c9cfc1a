-- Drop messages that are no news any more. $1: unix seconds before which they were received, $2: most rows at once.
-- Index: notice_messages_received_idx. Safe to repeat.
DELETE FROM notice_messages
WHERE id IN (SELECT id FROM notice_messages WHERE received_at < $1::bigint LIMIT $2::integer)
