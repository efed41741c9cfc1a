-- The Nylas ids of all folders of an account, deleted ones too. Reads only.
SELECT nylas_folder_id FROM email_folders WHERE account_id = $1
