-- What is stored of messages: the versions, what is needed to compare, and which parts of the content are not empty.
-- Missing messages have no row; withheld ones have a state only. Reads only; run under the grants' locks, so that
-- nothing changes until the upsert. The size of a body is known without reading it.
-- Index: emails_pkey, email_attachments_pkey, withheld_messages_pkey.
SELECT
    id, thread_id, content_hash, content_observed_at, content_rank, content_event_id, is_read, is_starred,
    folders, deleted_at IS NOT NULL AS deleted, state_observed_at, state_rank, state_event_id,
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
    ) AS filled,
    false AS withheld
FROM emails AS e
WHERE id = ANY ($1::uuid[])
UNION ALL
SELECT
    id, NULL, NULL, NULL, NULL, NULL, is_read, is_starred, folders, deleted_at IS NOT NULL, state_observed_at,
    state_rank, state_event_id, '{}', true
FROM withheld_messages AS w
WHERE id = ANY ($1::uuid[]) AND NOT EXISTS (SELECT FROM emails WHERE emails.id = w.id)
