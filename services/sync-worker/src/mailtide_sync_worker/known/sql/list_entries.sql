-- The index entries of some messages, found by their primary keys; `unconfirmed`: the content is a notification's
-- (rank 1), without a body. Reads only.
SELECT id, nylas_message_id, nylas_thread_id, NOT is_read AS unread, is_starred AS starred, folders,
       CASE WHEN NOT sanitised THEN extract(epoch FROM received_at)::bigint END AS date,
       greatest(content_observed_at, state_observed_at) AS observed_at,
       deleted_at IS NOT NULL AS deleted,
       content_rank = 1 AND coalesce(octet_length(body_html), 0) = 0 AS unconfirmed
FROM emails
WHERE id = ANY($1::uuid[]) AND content_observed_at IS NOT NULL
