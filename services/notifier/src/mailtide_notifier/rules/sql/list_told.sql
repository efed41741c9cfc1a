-- Notices about messages. $1: messages, by their ids in notice_messages. Index: notices_about_idx. Reads only.
SELECT id FROM notices WHERE about = ANY ($1::uuid[])
