-- What is stored of messages: the versions, the values that are compared, and which parts of the content are not empty.
-- Unknown messages have no row; withheld ones have a state only. Reads only, under the grants' locks, so that nothing
-- changes until the upsert. Index: emails_pkey, email_attachments_pkey, withheld_messages_pkey.
SELECT
    id, thread_id, content_hash, content_observed_at, content_rank, content_event_id, is_read, is_starred, folders,
    deleted, state_observed_at, state_rank, state_event_id, filled, withheld
FROM stored_messages
WHERE id = ANY ($1::uuid[])
