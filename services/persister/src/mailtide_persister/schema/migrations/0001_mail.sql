-- The mail tables, the purge list and the parked records.
--
-- Rules of these tables:
--
-- - Ids are UUIDv5 of Nylas ids (`contracts/keys.py`), and no column has a default that reads the clock: a
--   database that is rebuilt from Kafka holds identical rows.
-- - A version is (observed_at in microseconds, rank of the source, event id). Event ids compare by bytes
--   (`COLLATE "C"`), as Python compares them; a null version is older than every other.
-- - `emails` has two versions, because content and state are separate events that come in any order.
-- - `deleted_at` is when the deletion was observed. A deleted message has no flags and is in no folder.

CREATE TABLE email_accounts (
    id uuid PRIMARY KEY,
    user_id text,
    email_address text,
    display_name text,
    provider text,
    nylas_grant_id text NOT NULL UNIQUE,
    status text NOT NULL CHECK (status IN ('active', 'paused', 'invalid', 'removed')),
    connected_at timestamptz,
    webhook_subscription_id text,
    last_sync_at timestamptz,
    last_sync_error text,
    last_outcome_at timestamptz,
    observed_at bigint,
    source_rank smallint,
    event_id text COLLATE "C"
);
CREATE INDEX email_accounts_user_idx ON email_accounts (user_id);
COMMENT ON COLUMN email_accounts.last_outcome_at IS
    'When the newest pass over the mailbox ended, well or not; last_sync_error is that pass'' error.';
COMMENT ON COLUMN email_accounts.observed_at IS
    'Null: provisional, a message came before the account''s own event.';

CREATE TABLE purged_grants (
    nylas_grant_id text PRIMARY KEY,
    purged_at timestamptz NOT NULL
);
COMMENT ON TABLE purged_grants IS
    'Grants that a tombstone keeps out: late events about them store nothing until they are connected again.';

CREATE TABLE emails (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES email_accounts (id) ON DELETE CASCADE,
    thread_id uuid,
    nylas_message_id text NOT NULL,
    nylas_thread_id text,
    subject text,
    snippet text,
    from_address jsonb NOT NULL DEFAULT '[]',
    to_addresses jsonb NOT NULL DEFAULT '[]',
    cc_addresses jsonb NOT NULL DEFAULT '[]',
    bcc_addresses jsonb NOT NULL DEFAULT '[]',
    reply_to_addresses jsonb NOT NULL DEFAULT '[]',
    body_html text,
    body_text text,
    received_at timestamptz,
    has_attachments boolean NOT NULL DEFAULT false,
    sanitised boolean NOT NULL DEFAULT false,
    is_read boolean NOT NULL DEFAULT true,
    is_starred boolean NOT NULL DEFAULT false,
    folders text[] NOT NULL DEFAULT '{}',
    deleted_at timestamptz,
    content_hash text,
    core_hash text,
    content_observed_at bigint,
    content_rank smallint,
    content_event_id text COLLATE "C",
    state_observed_at bigint,
    state_rank smallint,
    state_event_id text COLLATE "C"
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX emails_nylas_message_idx ON emails (account_id, nylas_message_id);
CREATE INDEX emails_received_idx ON emails (account_id, received_at DESC);
CREATE INDEX emails_nylas_thread_idx ON emails (account_id, nylas_thread_id);
CREATE INDEX emails_thread_idx ON emails (thread_id);
COMMENT ON COLUMN emails.body_html IS 'Nylas'' body, verbatim: HTML or plain text.';
COMMENT ON COLUMN emails.body_text IS 'Derived from body_html.';
COMMENT ON COLUMN emails.has_attachments IS 'Whether a part is not inline.';
COMMENT ON COLUMN emails.content_hash IS 'Digest of all that Nylas said about the content.';
COMMENT ON COLUMN emails.core_hash IS 'Digest of the content that message.updated carries too.';
COMMENT ON COLUMN emails.content_observed_at IS 'Null: only the state is known so far.';
COMMENT ON COLUMN emails.state_observed_at IS 'Null: only the content is known so far.';

CREATE TABLE email_threads (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES email_accounts (id) ON DELETE CASCADE,
    nylas_thread_id text NOT NULL,
    subject text,
    snippet text,
    participants jsonb NOT NULL,
    message_count integer NOT NULL,
    unread_count integer NOT NULL,
    first_message_at timestamptz NOT NULL,
    last_message_at timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX email_threads_nylas_thread_idx ON email_threads (account_id, nylas_thread_id);
CREATE INDEX email_threads_last_message_idx ON email_threads (account_id, last_message_at DESC);
COMMENT ON TABLE email_threads IS 'Computed from the messages that are not deleted; no such message, no row.';

CREATE TABLE email_folders (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES email_accounts (id) ON DELETE CASCADE,
    nylas_folder_id text NOT NULL,
    name text,
    attributes text[] NOT NULL DEFAULT '{}',
    deleted_at timestamptz,
    observed_at bigint NOT NULL,
    source_rank smallint NOT NULL,
    event_id text COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX email_folders_nylas_folder_idx ON email_folders (account_id, nylas_folder_id);
COMMENT ON COLUMN email_folders.attributes IS 'System roles such as \Inbox; names say nothing about a role.';

CREATE TABLE email_attachments (
    email_id uuid NOT NULL REFERENCES emails (id) ON DELETE CASCADE,
    position integer NOT NULL,
    nylas_attachment_id text NOT NULL,
    filename text,
    content_type text,
    size bigint,
    content_id text,
    is_inline boolean NOT NULL,
    PRIMARY KEY (email_id, position)
);
COMMENT ON COLUMN email_attachments.position IS 'From 0, in the order of Nylas.';

CREATE TABLE dead_letters (
    id uuid PRIMARY KEY,
    origin_topic text NOT NULL,
    origin_partition integer NOT NULL,
    origin_offset bigint NOT NULL,
    origin_group text NOT NULL,
    error_class text NOT NULL,
    error_message text NOT NULL,
    attempts integer NOT NULL,
    key bytea,
    value bytea,
    headers jsonb NOT NULL,
    parked_at timestamptz NOT NULL,
    redriven_at timestamptz
);
CREATE UNIQUE INDEX dead_letters_origin_idx
    ON dead_letters (origin_topic, origin_partition, origin_offset, origin_group);
CREATE INDEX dead_letters_parked_idx ON dead_letters (parked_at DESC);
COMMENT ON COLUMN dead_letters.headers IS
    'The original''s headers as [{"name", "text"}], or {"name", "base64"} where the bytes are not plain text.';
COMMENT ON COLUMN dead_letters.redriven_at IS 'When it was last sent to its topic again.';

DO $$
DECLARE
    large record;
    has_lz4 boolean;
BEGIN
    SELECT 'lz4' = ANY (enumvals) INTO has_lz4 FROM pg_settings WHERE name = 'default_toast_compression';
    FOR large IN SELECT * FROM (VALUES
        ('emails', 'body_html'), ('emails', 'body_text'), ('emails', 'to_addresses'),
        ('emails', 'cc_addresses'), ('dead_letters', 'value')) AS c (of_table, of_column)
    LOOP
        IF has_lz4 THEN
            EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET COMPRESSION lz4', large.of_table, large.of_column);
        ELSE
            EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET STORAGE EXTERNAL', large.of_table, large.of_column);
        END IF;
    END LOOP;
END
$$;
