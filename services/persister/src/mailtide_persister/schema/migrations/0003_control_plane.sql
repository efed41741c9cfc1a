-- Backfills beside deltas, reconcile windows, audits, held deletions, operators' decisions, incidents, redrives.
--
-- Rules of these tables:
--
-- - Only the scheduler writes them, as those of step 0002; and of `dead_letters` the two columns that say how often and
--   when a letter was sent to its topic again, because only the publisher knows that the broker has acknowledged it.
-- - What a report adds is written in the transaction that records the report, so a repeated one adds nothing.

ALTER TABLE email_accounts ADD COLUMN first_pass_at timestamptz, ADD COLUMN last_delta_at timestamptz;

UPDATE email_accounts SET first_pass_at = last_sync_at, last_delta_at = last_sync_at WHERE last_sync_at IS NOT NULL;
CREATE INDEX email_accounts_address_idx ON email_accounts (lower(email_address));
CREATE INDEX email_accounts_invalid_idx ON email_accounts (nylas_grant_id) WHERE status = 'invalid';
CREATE INDEX email_accounts_inactive_idx ON email_accounts (id) WHERE status <> 'active';
COMMENT ON COLUMN email_accounts.first_pass_at IS 'The first clean end of a pass over the whole mailbox.';
COMMENT ON COLUMN email_accounts.last_delta_at IS
    'The newest clean end of a delta or backfill; it is last_sync_at once the first pass has ended.';

ALTER TABLE account_schedules
    ADD COLUMN live_watermark bigint,
    ADD COLUMN medium_window_at timestamptz,
    ADD COLUMN long_window_at timestamptz,
    ADD COLUMN wanted_at timestamptz,
    ADD COLUMN next_audit_at timestamptz,
    ADD COLUMN recheck_at timestamptz,
    ADD COLUMN decision text CHECK (decision IN ('paused', 'removed')),
    ADD COLUMN decided_at bigint;
CREATE INDEX account_schedules_fresh_idx ON account_schedules (grant_id)
    WHERE watermark IS NULL AND live_watermark IS NULL;
CREATE INDEX account_schedules_audit_idx ON account_schedules (next_audit_at);
CREATE INDEX account_schedules_decision_idx ON account_schedules (grant_id) WHERE decision IS NOT NULL;
COMMENT ON COLUMN account_schedules.live_watermark IS
    'Unix seconds from which deltas list while the first backfill runs.';
COMMENT ON COLUMN account_schedules.medium_window_at IS
    'When a delta that compared the medium window (or a wider one) last ended clean; null: it is due.';
COMMENT ON COLUMN account_schedules.long_window_at IS 'The same of the long window.';
COMMENT ON COLUMN account_schedules.wanted_at IS
    'A delta that began before this has not seen what made the account due; another one follows it.';
COMMENT ON COLUMN account_schedules.next_audit_at IS 'When the next scheduled audit is due; null: not planned.';
COMMENT ON COLUMN account_schedules.recheck_at IS 'When the status of a dead grant is asked for again.';
COMMENT ON COLUMN account_schedules.decision IS
    'What an operator decided; it holds against every observation until it is lifted or the account is connected.';
COMMENT ON COLUMN account_schedules.decided_at IS 'Microseconds since 1970: the version of that decision.';

ALTER TABLE sync_tasks
    DROP CONSTRAINT sync_tasks_kind_check,
    ADD CONSTRAINT sync_tasks_kind_check
        CHECK (kind IN ('delta', 'backfill', 'message', 'thread', 'account', 'audit', 'purge')),
    ADD COLUMN window_seconds integer,
    ADD COLUMN start_date bigint,
    ADD COLUMN oldest bigint,
    ADD COLUMN audit_id uuid,
    ADD COLUMN hold_until timestamptz,
    ADD COLUMN began_at timestamptz,
    ADD COLUMN sent_at timestamptz,
    ADD COLUMN busy_seconds double precision NOT NULL DEFAULT 0;
CREATE INDEX sync_tasks_late_idx ON sync_tasks (grant_id) WHERE state = 'pending' AND due_at = 'infinity';
COMMENT ON COLUMN sync_tasks.whole IS 'Not used any more: a full sync is a backfill.';
COMMENT ON COLUMN sync_tasks.window_seconds IS 'Delta: how far back the index is compared; null: not at all.';
COMMENT ON COLUMN sync_tasks.start_date IS 'Backfill: unix seconds before which nothing is wanted.';
COMMENT ON COLUMN sync_tasks.oldest IS 'Backfill: unix seconds of the oldest message in the mailbox.';
COMMENT ON COLUMN sync_tasks.follow_up IS
    'Message: its answer settles two observations. Audit: the pass that proves, and repairs nothing.';
COMMENT ON COLUMN sync_tasks.audit_id IS 'Audit: the task of its first pass.';
COMMENT ON COLUMN sync_tasks.hold_until IS
    'Audit that proves: it waits for the repairs of the account, but not longer than this.';
COMMENT ON COLUMN sync_tasks.began_at IS 'When it was first claimed.';
COMMENT ON COLUMN sync_tasks.sent_at IS 'When it was last claimed.';
COMMENT ON COLUMN sync_tasks.busy_seconds IS 'Seconds that workers had it, over all slices.';
COMMENT ON COLUMN sync_tasks.due_at IS 'infinity: it waits for its account to be active again, not for a time.';

ALTER TABLE sync_run_accounts ADD COLUMN base_count bigint NOT NULL DEFAULT 0;
CREATE INDEX sync_run_accounts_account_idx ON sync_run_accounts (account_id) WHERE status = 'pending';
COMMENT ON COLUMN sync_run_accounts.base_count IS 'Messages that its task had found before the run waited for it.';

CREATE TABLE audit_reports (
    task_id uuid PRIMARY KEY,
    audit_id uuid NOT NULL,
    grant_id text NOT NULL,
    pass smallint NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    outcome text
);
CREATE INDEX audit_reports_grant_idx ON audit_reports (grant_id, started_at DESC);
CREATE INDEX audit_reports_started_idx ON audit_reports (started_at);
COMMENT ON TABLE audit_reports IS 'One row a pass: the first repairs, the second proves.';
COMMENT ON COLUMN audit_reports.audit_id IS 'The task of the first pass, which both passes share.';

CREATE TABLE audit_folders (
    task_id uuid NOT NULL REFERENCES audit_reports (task_id) ON DELETE CASCADE,
    folder_id text NOT NULL,
    in_account bigint NOT NULL,
    synced bigint NOT NULL,
    missing bigint NOT NULL,
    extra bigint NOT NULL,
    differing bigint NOT NULL,
    PRIMARY KEY (task_id, folder_id)
);

CREATE TABLE held_deletions (
    grant_id text NOT NULL,
    message_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('held', 'approved', 'discarded')),
    held_at bigint NOT NULL,
    decided_at bigint,
    PRIMARY KEY (grant_id, message_id)
);
CREATE INDEX held_deletions_held_idx ON held_deletions (grant_id, message_id) WHERE state = 'held';
COMMENT ON COLUMN held_deletions.held_at IS 'Microseconds since 1970: when the deletion was held.';
COMMENT ON COLUMN held_deletions.decided_at IS 'Microseconds since 1970: what was held before is decided.';

CREATE TABLE incidents (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    subject text NOT NULL,
    reason text NOT NULL,
    opened_at bigint NOT NULL,
    since bigint,
    ended_at bigint,
    alerted_at timestamptz
);
CREATE UNIQUE INDEX incidents_open_idx ON incidents (kind, subject) WHERE ended_at IS NULL;
CREATE INDEX incidents_unsaid_idx ON incidents (opened_at) WHERE alerted_at IS NULL;
CREATE INDEX incidents_opened_idx ON incidents (opened_at);
COMMENT ON TABLE incidents IS 'What a person was told, or is about to be told: one alert for each.';
COMMENT ON COLUMN incidents.opened_at IS 'Microseconds since 1970; the alert carries it, so a repeat is recognised.';
COMMENT ON COLUMN incidents.since IS 'Microseconds since 1970: from when on it may have lasted unseen.';
COMMENT ON COLUMN incidents.alerted_at IS 'Null: the alert is not known to be in Kafka.';

ALTER TABLE dead_letters ADD COLUMN redrives integer NOT NULL DEFAULT 0;
CREATE INDEX dead_letters_class_idx ON dead_letters (error_class, parked_at) WHERE redriven_at IS NULL;
COMMENT ON COLUMN dead_letters.redrives IS
    'How often it was sent to its topic again; this and redriven_at are the scheduler''s, all else the persister''s.';
