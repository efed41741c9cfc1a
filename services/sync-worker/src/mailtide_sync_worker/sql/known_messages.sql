-- What the database holds of some messages, found by their primary keys. Reads only.
SELECT id, content_hash, core_hash, NOT is_read AS unread, is_starred AS starred, folders,
       deleted_at IS NOT NULL AS deleted
FROM emails
WHERE id = ANY($1::uuid[])
