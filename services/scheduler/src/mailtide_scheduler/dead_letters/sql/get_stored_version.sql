-- The version of a part of a stored message; no row if it is not stored. $1: message's row, $2: content or state.
-- Index: emails_pkey. Reads only.
SELECT observed_at, rank, event_id
FROM (
    SELECT
        CASE $2::text WHEN 'content' THEN content_observed_at ELSE state_observed_at END AS observed_at,
        CASE $2::text WHEN 'content' THEN content_rank ELSE state_rank END AS rank,
        CASE $2::text WHEN 'content' THEN content_event_id ELSE state_event_id END AS event_id
    FROM emails
    WHERE id = $1::uuid
) AS version
WHERE observed_at IS NOT NULL
