-- What is stored of the contents of some messages that are not deleted, found by their primary keys. Reads only.
-- A message whose newest content Postgres refused is left out. Index: emails_pkey, email_attachments_pkey,
-- withheld_messages_pkey. The size of a body is known without reading it.
SELECT id, content_hash, coalesce(subject, '') AS subject, coalesce(snippet, '') AS snippet,
       coalesce(octet_length(body_html), 0) AS body_bytes,
       (SELECT count(*) FROM email_attachments AS a WHERE a.email_id = e.id) AS attachments,
       sanitised, coalesce(content_observed_at, 0) AS observed_at
FROM emails AS e
WHERE id = ANY($1::uuid[]) AND deleted_at IS NULL
  AND NOT EXISTS (SELECT FROM withheld_messages AS w WHERE w.id = e.id AND w.refused_hash IS NOT NULL)
