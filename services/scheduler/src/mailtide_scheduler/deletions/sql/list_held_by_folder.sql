-- Folders of an account's messages whose deletion waits for a decision, with the number of these messages, highest
-- first. A message in two folders counts twice. $1: account.
-- Index: email_accounts_pkey, held_deletions_held_idx, emails_nylas_message_idx, email_folders_account_idx. Reads only.
SELECT found.folder_id, f.name, found.messages
FROM (
    SELECT u.folder_id, count(*) AS messages
    FROM email_accounts AS a
    INNER JOIN held_deletions AS h ON h.grant_id = a.nylas_grant_id AND h.state = 'held'
    INNER JOIN emails AS e ON e.account_id = a.id AND e.nylas_message_id = h.message_id
    CROSS JOIN unnest(e.folders) AS u (folder_id)
    WHERE a.id = $1::uuid
    GROUP BY u.folder_id
) AS found
LEFT JOIN email_folders AS f ON f.account_id = $1::uuid AND f.nylas_folder_id = found.folder_id
ORDER BY found.messages DESC, found.folder_id
