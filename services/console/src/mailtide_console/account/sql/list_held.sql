-- Held deletions of messages and folders, with the total of each kind. $1: grant, $2: account, $3: most messages.
-- Index: held_deletions_held_idx. Reads only.
SELECT
    'message' AS kind, h.message_id AS id, h.held_at, NULL::text AS name, m.received_at,
    (SELECT count(*) FROM held_deletions AS d WHERE d.grant_id = $1::text AND d.state = 'held') AS total
FROM (
    SELECT message_id, held_at FROM held_deletions
    WHERE grant_id = $1::text AND state = 'held'
    ORDER BY message_id
    LIMIT $3::integer
) AS h
LEFT JOIN emails AS m ON m.nylas_message_id = h.message_id AND m.account_id = $2::uuid
UNION ALL
SELECT
    'folder', f.folder_id, f.held_at, n.name, NULL,
    (SELECT count(*) FROM held_folders AS d WHERE d.grant_id = $1::text AND d.state = 'held')
FROM held_folders AS f
LEFT JOIN email_folders AS n ON n.account_id = $2::uuid AND n.nylas_folder_id = f.folder_id
WHERE f.grant_id = $1::text AND f.state = 'held'
