-- The scheduler's tables: when each account is due, tasks with leases, runs and their reports, destinations.
--
-- Rules of these tables:
--
-- - Only the scheduler writes them. Due times and leases are decided by the database's clock, so that schedulers
--   whose clocks differ agree.
-- - They hold what is to be done, never what mail exists: losing them costs one listing of each mailbox.
-- - A request is merged with an equal one only while that one has not been sent: a worker that has begun with it may
--   already have read what the new request is about.

CREATE TABLE account_schedules (
    grant_id text PRIMARY KEY,
    next_sync_at timestamptz NOT NULL,
    watermark bigint,
    failures integer NOT NULL DEFAULT 0,
    not_before timestamptz,
    last_finished_at timestamptz,
    connected_at bigint,
    active_observed_at bigint,
    inactive_observed_at bigint
);
CREATE INDEX account_schedules_next_sync_idx ON account_schedules (next_sync_at);
COMMENT ON COLUMN account_schedules.watermark IS
    'Unix seconds up to which nothing is missing; null: the mailbox was never listed to its end.';
COMMENT ON COLUMN account_schedules.failures IS 'Deltas that failed since the last good one.';
COMMENT ON COLUMN account_schedules.not_before IS 'End of the provider''s Retry-After: no calls until then.';
COMMENT ON COLUMN account_schedules.connected_at IS
    'Microseconds since 1970 of the newest connect that made the account due; a repeat of it does not.';
COMMENT ON COLUMN account_schedules.active_observed_at IS
    'Microseconds since 1970: the newest observation of the account as active that the scheduler has heard of.';
COMMENT ON COLUMN account_schedules.inactive_observed_at IS
    'The same of the account as paused, invalid or removed: active after that means that it came back.';

CREATE TABLE sync_tasks (
    task_id uuid PRIMARY KEY,
    grant_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('delta', 'backfill', 'message', 'thread', 'account')),
    run_id uuid,
    message_id text,
    thread_id text,
    follow_up boolean NOT NULL DEFAULT false,
    deletion_seen boolean NOT NULL DEFAULT false,
    whole boolean NOT NULL DEFAULT false,
    since bigint,
    until bigint,
    watermark bigint,
    state text NOT NULL CHECK (state IN ('pending', 'leased', 'done')),
    due_at timestamptz NOT NULL,
    lease_until timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    synced_count bigint NOT NULL DEFAULT 0,
    reason text,
    outcome text,
    error text,
    reported_at bigint,
    created_at timestamptz NOT NULL,
    finished_at timestamptz
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX sync_tasks_wish_idx
    ON sync_tasks (grant_id, kind, COALESCE(message_id, ''), COALESCE(thread_id, ''), follow_up)
    WHERE state = 'pending' AND until IS NULL;
CREATE INDEX sync_tasks_due_idx ON sync_tasks (due_at) WHERE state = 'pending';
CREATE INDEX sync_tasks_lease_idx ON sync_tasks (lease_until) WHERE state = 'leased';
CREATE INDEX sync_tasks_open_idx ON sync_tasks (grant_id, kind) WHERE state <> 'done';
CREATE INDEX sync_tasks_finished_idx ON sync_tasks (finished_at) WHERE state = 'done';
COMMENT ON COLUMN sync_tasks.whole IS 'List the mailbox from its beginning, whatever the watermark says.';
COMMENT ON COLUMN sync_tasks.since IS 'Delta: unix seconds, the watermark less the overlap; the same for all slices.';
COMMENT ON COLUMN sync_tasks.until IS 'Delta: unix seconds where the listing goes on; null: it has not begun.';
COMMENT ON COLUMN sync_tasks.watermark IS 'Delta: unix seconds before the first listing of this task.';
COMMENT ON COLUMN sync_tasks.attempts IS 'Failed tries and lost leases; throttling does not count.';
COMMENT ON COLUMN sync_tasks.reported_at IS
    'Microseconds since 1970 of the newest report from a worker; the same report again changes nothing.';

CREATE TABLE sync_runs (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('cron', 'manual', 'timer')),
    status text NOT NULL CHECK (status IN ('running', 'finished')),
    started_at timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE UNIQUE INDEX sync_runs_one_cron_idx ON sync_runs (kind) WHERE kind = 'cron' AND status = 'running';
CREATE INDEX sync_runs_running_idx ON sync_runs (started_at) WHERE status = 'running';
CREATE INDEX sync_runs_started_idx ON sync_runs (started_at DESC, id DESC);

CREATE TABLE sync_run_accounts (
    run_id uuid NOT NULL REFERENCES sync_runs (id) ON DELETE CASCADE,
    account_id uuid NOT NULL,
    grant_id text NOT NULL,
    email_address text,
    status text NOT NULL CHECK (status IN ('pending', 'success', 'failed', 'skipped')),
    synced_count bigint NOT NULL DEFAULT 0,
    error text,
    task_id uuid,
    attempts integer NOT NULL DEFAULT 0,
    finished_at timestamptz,
    PRIMARY KEY (run_id, grant_id)
);
CREATE INDEX sync_run_accounts_task_idx ON sync_run_accounts (task_id) WHERE status = 'pending';
COMMENT ON COLUMN sync_run_accounts.task_id IS 'The task whose end decides; several runs may wait for one.';
COMMENT ON COLUMN sync_run_accounts.attempts IS 'Failed tries within this run.';

CREATE TABLE webhook_destinations (
    id text PRIMARY KEY,
    url text NOT NULL,
    description text,
    trigger_types text[] NOT NULL,
    status text NOT NULL,
    secret_ciphertext text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
COMMENT ON COLUMN webhook_destinations.secret_ciphertext IS 'Encrypted with SECRET_KEY; null: not known to us.';
