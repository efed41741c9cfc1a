-- Delete the attachments of messages whose content is replaced. $1: ids of messages.
-- Index: email_attachments_pkey. Safe to repeat; the new ones are inserted in the same transaction.
DELETE FROM email_attachments WHERE email_id = ANY ($1::uuid[])
