-- Folders of an account whose deletion waits for a decision, with what is stored of them. $1: account.
-- Index: email_accounts_pkey, held_folders_pkey, email_folders_account_idx. Reads only.
SELECT
    h.folder_id, timestamptz 'epoch' + h.held_at * interval '1 microsecond' AS held_at, f.name,
    coalesce(f.attributes, '{}') AS attributes
FROM email_accounts AS a
INNER JOIN held_folders AS h ON h.grant_id = a.nylas_grant_id AND h.state = 'held'
LEFT JOIN email_folders AS f ON f.account_id = a.id AND f.nylas_folder_id = h.folder_id
WHERE a.id = $1::uuid
ORDER BY h.folder_id
