-- What the database holds of some messages, found by their primary keys. A content that Postgres refused counts as stored:
-- otherwise each pass would publish it again. Reads only.
-- Index: emails_pkey, email_attachments_pkey, withheld_messages_pkey.
SELECT id, coalesce(refused_hash, content_hash) AS content_hash, coalesce(refused_core_hash, core_hash) AS core_hash,
       NOT is_read AS unread, is_starred AS starred, folders, deleted, filled
FROM stored_messages
WHERE id = ANY ($1::uuid[])
