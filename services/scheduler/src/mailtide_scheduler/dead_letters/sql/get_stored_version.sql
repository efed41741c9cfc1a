-- The version of a part of a stored message, or of a folder; no row if it is not stored. $1: its row, $2: content, state
-- or folder.
-- Index: emails_pkey, email_folders_pkey. Reads only.
SELECT observed_at, rank, event_id
FROM (
    SELECT
        CASE $2::text WHEN 'content' THEN content_observed_at ELSE state_observed_at END AS observed_at,
        CASE $2::text WHEN 'content' THEN content_rank ELSE state_rank END AS rank,
        CASE $2::text WHEN 'content' THEN content_event_id ELSE state_event_id END AS event_id
    FROM emails
    WHERE id = $1::uuid AND $2::text IN ('content', 'state')
    UNION ALL
    SELECT observed_at, source_rank, event_id FROM email_folders WHERE id = $1::uuid AND $2::text = 'folder'
) AS version
WHERE observed_at IS NOT NULL
