-- A chunk of the index entries of an account's messages that are not deleted, newest first. Reads only.
-- $1: account, $2: from, inclusive, $3: to, exclusive (both unix seconds), $4, $5: moment and id of the last row of
-- the chunk before, $6: rows. Index: emails_received_idx.
SELECT id, nylas_message_id, nylas_thread_id, NOT is_read AS unread, is_starred AS starred, folders,
       CASE WHEN NOT sanitised THEN extract(epoch FROM received_at)::bigint END AS date,
       greatest(content_observed_at, state_observed_at) AS observed_at,
       received_at
FROM emails
WHERE account_id = $1 AND deleted_at IS NULL AND content_observed_at IS NOT NULL
  AND received_at >= to_timestamp($2::bigint) AND received_at < to_timestamp($3::bigint)
  AND ($4::timestamptz IS NULL OR (received_at, id) < ($4::timestamptz, $5::uuid))
ORDER BY received_at DESC, id DESC
LIMIT $6::integer
