-- What the database holds of some messages, found by their primary keys; `filled` names the parts of the content that
-- are not empty. A content that Postgres refused is known too: else it would be published again and again.
-- Reads only. Index: emails_pkey, email_attachments_pkey, withheld_messages_pkey. The size of a body is known without
-- reading it.
SELECT id, coalesce(w.refused_hash, e.content_hash) AS content_hash,
       coalesce(w.refused_core_hash, e.core_hash) AS core_hash, NOT is_read AS unread, is_starred AS starred, folders,
       deleted_at IS NOT NULL AS deleted,
       array_remove(
           ARRAY[
               CASE WHEN octet_length(subject) > 0 THEN 'subject' END,
               CASE WHEN octet_length(snippet) > 0 THEN 'snippet' END,
               CASE WHEN octet_length(body_html) > 0 THEN 'body' END,
               CASE WHEN from_address <> '[]' THEN 'from_' END,
               CASE WHEN to_addresses <> '[]' THEN 'to' END,
               CASE WHEN cc_addresses <> '[]' THEN 'cc' END,
               CASE WHEN bcc_addresses <> '[]' THEN 'bcc' END,
               CASE WHEN reply_to_addresses <> '[]' THEN 'reply_to' END,
               CASE WHEN EXISTS (SELECT FROM email_attachments AS a WHERE a.email_id = e.id) THEN 'attachments' END
           ],
           NULL
       ) AS filled
FROM emails AS e
LEFT JOIN LATERAL (
    SELECT refused_hash, refused_core_hash FROM withheld_messages AS x WHERE x.id = e.id
) AS w ON true
WHERE id = ANY($1::uuid[])
UNION ALL
SELECT id, refused_hash, refused_core_hash, NOT is_read, is_starred, folders, deleted_at IS NOT NULL, '{}'
FROM withheld_messages AS w
WHERE id = ANY($1::uuid[]) AND NOT EXISTS (SELECT FROM emails WHERE emails.id = w.id)
