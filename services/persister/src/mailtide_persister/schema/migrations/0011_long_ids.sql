-- Ids of any length, and no visible half rows.
--
-- - A btree holds no value above 2.7 kB, and ids may be longer: indexes on raw ids are hash indexes now, which hold any
--   value and serve the same equality. That an id is stored once follows from the primary key, which is made of it.
-- - What is known of a message that has no row in `emails` waits in `withheld_messages`. It refers to nothing, so that
--   the mail tables can be emptied by themselves.
--
-- Old persisters name none of the indexes, and go on to put states without content into `emails`.

DROP INDEX emails_nylas_message_idx;
CREATE INDEX emails_nylas_message_idx ON emails USING hash (nylas_message_id);
DROP INDEX emails_nylas_thread_idx;
CREATE INDEX emails_nylas_thread_idx ON emails USING hash (nylas_thread_id);
DROP INDEX email_threads_nylas_thread_idx;
CREATE INDEX email_threads_nylas_thread_idx ON email_threads USING hash (nylas_thread_id);
DROP INDEX email_folders_nylas_folder_idx;
CREATE INDEX email_folders_account_idx ON email_folders (account_id);
DROP INDEX email_accounts_address_idx;
CREATE INDEX email_accounts_address_idx ON email_accounts USING hash (lower(email_address));

CREATE TABLE withheld_messages (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    nylas_message_id text NOT NULL,
    refused_hash text,
    refused_core_hash text,
    is_read boolean NOT NULL DEFAULT true,
    is_starred boolean NOT NULL DEFAULT false,
    folders text[] NOT NULL DEFAULT '{}',
    deleted_at timestamptz,
    state_observed_at bigint,
    state_rank smallint,
    state_event_id text COLLATE "C"
);
CREATE INDEX withheld_messages_account_idx ON withheld_messages (account_id);
COMMENT ON TABLE withheld_messages IS
    'What is known of messages whose content has not come, or cannot be stored; emails shows whole messages only.';
COMMENT ON COLUMN withheld_messages.refused_hash IS 'Digest of the newest content that Postgres refused.';
COMMENT ON COLUMN withheld_messages.state_observed_at IS 'Null: no state is known.';

INSERT INTO withheld_messages (
    id, account_id, nylas_message_id, is_read, is_starred, folders, deleted_at, state_observed_at, state_rank,
    state_event_id
)
SELECT
    id, account_id, nylas_message_id, is_read, is_starred, folders, deleted_at, state_observed_at, state_rank,
    state_event_id
FROM emails WHERE content_observed_at IS NULL;
DELETE FROM emails WHERE content_observed_at IS NULL;
