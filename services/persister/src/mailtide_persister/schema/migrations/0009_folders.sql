-- Folders are listed periodically and compared by audits, and their deletions are held, like those of messages.
--
-- Only the scheduler writes this. Old schedulers neither read nor write it.

ALTER TABLE account_schedules ADD COLUMN next_folders_at timestamptz;
CREATE INDEX account_schedules_folders_idx ON account_schedules (next_folders_at);
COMMENT ON COLUMN account_schedules.next_folders_at IS 'When its folders are listed next; null: not planned.';

ALTER TABLE sync_tasks ADD COLUMN folders_only boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN sync_tasks.folders_only IS 'Account: the grant''s status is not asked for.';

ALTER TABLE audit_reports
    ADD COLUMN folders_in_account bigint, ADD COLUMN folders_synced bigint, ADD COLUMN folders_missing bigint,
    ADD COLUMN folders_extra bigint, ADD COLUMN folders_differing bigint;
COMMENT ON COLUMN audit_reports.folders_in_account IS 'Of the folders themselves; null: they were not compared.';

CREATE TABLE held_folders (
    grant_id text NOT NULL,
    folder_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('held', 'approved', 'discarded')),
    held_at bigint NOT NULL,
    decided_at bigint,
    PRIMARY KEY (grant_id, folder_id)
);
COMMENT ON TABLE held_folders IS 'Deletions of folders, kept as those of messages are in held_deletions.';
