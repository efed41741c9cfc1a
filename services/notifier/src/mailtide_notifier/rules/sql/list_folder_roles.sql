-- Attributes of folders. $1: accounts, $2: Nylas' folder ids. Index: email_folders_account_idx. Reads only.
SELECT account_id, nylas_folder_id, attributes
FROM email_folders
WHERE account_id = ANY ($1::uuid[]) AND nylas_folder_id = ANY ($2::text[])
