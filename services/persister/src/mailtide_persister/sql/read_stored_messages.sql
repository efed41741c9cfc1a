-- What is stored of messages: the versions and what is needed to compare. Missing messages give no row.
-- Index: emails_pkey. Reads only; run under the grants' locks, so that nothing changes until the upsert.
SELECT
    id, thread_id, content_hash, content_observed_at, content_rank, content_event_id, is_read, is_starred,
    folders, deleted_at IS NOT NULL AS deleted, state_observed_at, state_rank, state_event_id
FROM emails
WHERE id = ANY ($1::uuid[])
