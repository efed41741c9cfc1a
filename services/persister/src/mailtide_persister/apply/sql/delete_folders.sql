-- Delete folders permanently, because of tombstones. $1: ids.
-- Index: email_folders_pkey. Safe to repeat.
DELETE FROM email_folders WHERE id = ANY ($1::uuid[])
