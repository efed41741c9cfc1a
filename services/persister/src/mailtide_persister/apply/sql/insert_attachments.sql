-- Store the attachments of messages, one array per column.
-- Index: email_attachments_pkey. Safe to repeat because delete_attachments runs before it, in one transaction.
INSERT INTO email_attachments (
    email_id, position, nylas_attachment_id, filename, content_type, size, content_id, is_inline
)
SELECT email_id, position, nylas_attachment_id, filename, content_type, size, content_id, is_inline
FROM unnest(
    $1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::boolean[]
) AS a (email_id, position, nylas_attachment_id, filename, content_type, size, content_id, is_inline)
