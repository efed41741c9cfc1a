-- An audit's counts of messages, each counted once; `audit_folders` counts a message in each of its folders.
--
-- Null in passes that began before this migration: their counts are not known. Old schedulers neither read nor write
-- the columns.

ALTER TABLE audit_reports
    ADD COLUMN messages_in_account bigint,
    ADD COLUMN messages_synced bigint,
    ADD COLUMN messages_missing bigint,
    ADD COLUMN messages_extra bigint,
    ADD COLUMN messages_differing bigint;
ALTER TABLE audit_reports
    ALTER COLUMN messages_in_account SET DEFAULT 0,
    ALTER COLUMN messages_synced SET DEFAULT 0,
    ALTER COLUMN messages_missing SET DEFAULT 0,
    ALTER COLUMN messages_extra SET DEFAULT 0,
    ALTER COLUMN messages_differing SET DEFAULT 0;
COMMENT ON COLUMN audit_reports.messages_in_account IS
    'Messages that the mailbox lists, each counted once; null: not known. So are the four columns after it.';
