-- Delete folders for good, because tombstones say so. $1: ids.
-- Index: email_folders_pkey. Safe to repeat.
DELETE FROM email_folders WHERE id = ANY ($1::uuid[])
