-- The folders of an account that are not deleted. Reads only.
SELECT nylas_folder_id, name, attributes, observed_at
FROM email_folders
WHERE account_id = $1 AND deleted_at IS NULL
