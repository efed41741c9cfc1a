-- What the database holds of some messages, found by their primary keys; `filled` names the parts of the content that
-- are not empty. Reads only. Index: emails_pkey, email_attachments_pkey. The size of a body is known without reading it.
SELECT id, content_hash, core_hash, NOT is_read AS unread, is_starred AS starred, folders,
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
WHERE id = ANY($1::uuid[])
