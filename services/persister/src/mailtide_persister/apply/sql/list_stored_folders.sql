-- Those of some folders that have a row and are not deleted. $1, $2: accounts and Nylas ids, pairwise. Reads only.
-- Index: email_folders_account_idx.
SELECT f.account_id, f.nylas_folder_id
FROM unnest($1::uuid[], $2::text[]) AS w (account_id, nylas_folder_id)
INNER JOIN email_folders AS f
    ON f.account_id = w.account_id AND f.nylas_folder_id = w.nylas_folder_id AND f.deleted_at IS NULL
