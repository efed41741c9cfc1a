-- Notices of incidents and of important mail, and the channels that they are sent through.
--
-- Only the notifier writes the tables `notice_*`; of `incidents` the scheduler writes the new column. Old schedulers
-- neither read nor write it: the ends that they record are published by the next new one.

ALTER TABLE incidents ADD COLUMN end_alerted_at timestamptz;
UPDATE incidents SET end_alerted_at = now() WHERE ended_at IS NOT NULL;
CREATE INDEX incidents_end_unsaid_idx ON incidents (opened_at) WHERE ended_at IS NOT NULL AND end_alerted_at IS NULL;
COMMENT ON COLUMN incidents.end_alerted_at IS 'Null: the end is not known to be in Kafka.';

CREATE TABLE notice_channels (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE,
    kind text NOT NULL CHECK (kind IN ('apprise', 'webhook')),
    url_ciphertext text NOT NULL,
    url_masked text NOT NULL,
    secret_ciphertext text,
    enabled boolean NOT NULL,
    disabled_reason text,
    alerts text[],
    allow_content boolean NOT NULL,
    quiet_from time,
    quiet_until time,
    quiet_time_zone text,
    digest_seconds integer NOT NULL,
    reminder_seconds integer,
    silenced_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN notice_channels.url_ciphertext IS 'Encrypted with SECRET_KEY, as secret_ciphertext is.';
COMMENT ON COLUMN notice_channels.secret_ciphertext IS 'Signs what a webhook is sent.';
COMMENT ON COLUMN notice_channels.disabled_reason IS 'Why the notifier itself disabled it.';
COMMENT ON COLUMN notice_channels.alerts IS 'Kinds of incidents that are told here; null: all.';
COMMENT ON COLUMN notice_channels.allow_content IS 'Whether mail may be named by its sender and subject.';
COMMENT ON COLUMN notice_channels.digest_seconds IS 'Alerts of one kind within this become one; 0: each is its own.';

CREATE TABLE notice_rules (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE,
    enabled boolean NOT NULL,
    conditions jsonb NOT NULL,
    template text,
    max_per_hour integer,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE notice_rules IS 'Which mail is important.';

CREATE TABLE notice_rule_channels (
    rule_id uuid NOT NULL REFERENCES notice_rules (id) ON DELETE CASCADE,
    channel_id uuid NOT NULL REFERENCES notice_channels (id) ON DELETE CASCADE,
    PRIMARY KEY (rule_id, channel_id)
);
CREATE INDEX notice_rule_channels_channel_idx ON notice_rule_channels (channel_id);

CREATE TABLE notice_incidents (
    id uuid PRIMARY KEY,
    series uuid NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    account_id uuid NOT NULL,
    reason text NOT NULL,
    opened_at bigint NOT NULL,
    ended_at bigint
);
CREATE INDEX notice_incidents_open_idx ON notice_incidents (series) WHERE ended_at IS NULL;
CREATE INDEX notice_incidents_opened_idx ON notice_incidents (opened_at);
CREATE INDEX notice_incidents_account_idx ON notice_incidents (account_id);
COMMENT ON TABLE notice_incidents IS 'Incidents as their alerts told them.';
COMMENT ON COLUMN notice_incidents.id IS 'A digest of kind, subject and opened_at; series is one of kind and subject.';
COMMENT ON COLUMN notice_incidents.account_id IS 'The account whose grant the subject is, if it is one.';
COMMENT ON COLUMN notice_incidents.opened_at IS 'Microseconds since 1970; so is ended_at.';

CREATE TABLE notice_messages (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    message_id text NOT NULL,
    received_at bigint NOT NULL,
    content jsonb NOT NULL,
    state jsonb
);
CREATE INDEX notice_messages_received_idx ON notice_messages (received_at);
CREATE INDEX notice_messages_account_idx ON notice_messages (account_id);
COMMENT ON TABLE notice_messages IS 'New live mail that a rule may make important, for as long as it is new.';
COMMENT ON COLUMN notice_messages.received_at IS 'Unix seconds.';

CREATE TABLE notice_deliveries (
    id uuid PRIMARY KEY,
    channel_id uuid NOT NULL REFERENCES notice_channels (id) ON DELETE CASCADE,
    event text NOT NULL,
    label text NOT NULL,
    notices integer NOT NULL,
    payload jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'sent', 'dead')),
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT now(),
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
CREATE INDEX notice_deliveries_due_idx ON notice_deliveries (due_at) WHERE state = 'pending';
CREATE INDEX notice_deliveries_created_idx ON notice_deliveries (created_at DESC, id DESC);
CREATE INDEX notice_deliveries_channel_idx ON notice_deliveries (channel_id, created_at DESC);
COMMENT ON TABLE notice_deliveries IS 'What is sent: one notice, or a digest of several. Its id is the same at each try.';
COMMENT ON COLUMN notice_deliveries.label IS 'What it is about, without mail content.';

CREATE TABLE notices (
    id uuid PRIMARY KEY,
    channel_id uuid NOT NULL REFERENCES notice_channels (id) ON DELETE CASCADE,
    event text NOT NULL CHECK (event IN ('opened', 'reminder', 'ended', 'mail')),
    topic text NOT NULL,
    about uuid NOT NULL,
    account_id uuid NOT NULL,
    detail jsonb NOT NULL,
    digest boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'assembled', 'suppressed')),
    due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    delivery_id uuid REFERENCES notice_deliveries (id) ON DELETE SET NULL
);
CREATE INDEX notices_waiting_idx ON notices (channel_id, due_at) WHERE state = 'waiting';
CREATE INDEX notices_about_idx ON notices (about);
CREATE INDEX notices_topic_idx ON notices (topic, channel_id, created_at) WHERE event = 'mail';
CREATE INDEX notices_delivery_idx ON notices (delivery_id) WHERE delivery_id IS NOT NULL;
CREATE INDEX notices_account_idx ON notices (account_id);
CREATE INDEX notices_created_idx ON notices (created_at);
COMMENT ON TABLE notices IS 'What somebody is to be told by one channel, decided once.';
COMMENT ON COLUMN notices.id IS 'A digest of the channel and what is told, so that no second decision adds another one.';
COMMENT ON COLUMN notices.topic IS 'What digests are made by: the kind of the incident, or the rule.';
COMMENT ON COLUMN notices.about IS 'The incident or message, by its id in notice_incidents or notice_messages.';
