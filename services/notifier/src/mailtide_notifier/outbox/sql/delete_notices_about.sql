-- Delete waiting notices about purged messages. $1: messages, by their ids in notice_messages.
-- Index: notices_about_idx. Safe to repeat.
DELETE FROM notices WHERE about = ANY ($1::uuid[]) AND state = 'waiting'
