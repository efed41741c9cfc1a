-- What operators changed through the APIs of scheduler and notifier, the sums of runs, and the orders in which the console lists
-- accounts.
--
-- `operator_actions` holds no mail content and no address of a mailbox, so a purge leaves it: who purged an account stays
-- known. Old services neither read nor write it.

CREATE TABLE operator_actions (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    operator text,
    action text NOT NULL,
    account_id uuid,
    detail jsonb NOT NULL,
    status integer,
    error text
);
CREATE INDEX operator_actions_at_idx ON operator_actions (at DESC, id DESC);
CREATE INDEX operator_actions_account_idx ON operator_actions (account_id, at DESC) WHERE account_id IS NOT NULL;
COMMENT ON COLUMN operator_actions.operator IS 'The name that the caller gave; null: none.';
COMMENT ON COLUMN operator_actions.action IS 'The operation of the API.';
COMMENT ON COLUMN operator_actions.detail IS 'Parameters of the request, without users, secrets, and what describes mail.';
COMMENT ON COLUMN operator_actions.status IS
    'HTTP status of the answer; null: the service ended before it was known, so it may have been done.';
COMMENT ON COLUMN operator_actions.error IS 'Why it was refused or failed.';
COMMENT ON TABLE operator_actions IS 'The operators'' log: each change is recorded before it is made.';
COMMENT ON COLUMN operator_actions.id IS 'Random.';
COMMENT ON COLUMN operator_actions.at IS 'When it began.';
COMMENT ON COLUMN operator_actions.account_id IS 'The account that it concerns; null: another thing, or several.';

ALTER TABLE sync_runs
    ADD COLUMN total bigint, ADD COLUMN successful bigint, ADD COLUMN failed bigint, ADD COLUMN skipped bigint,
    ADD COLUMN synced bigint;
COMMENT ON COLUMN sync_runs.total IS 'Accounts of a finished run; null: it is running, or an old scheduler finished it.';
COMMENT ON COLUMN sync_runs.successful IS 'Of these, by outcome; so are failed and skipped.';
COMMENT ON COLUMN sync_runs.failed IS 'As successful.';
COMMENT ON COLUMN sync_runs.skipped IS 'As successful.';
COMMENT ON COLUMN sync_runs.synced IS 'Messages that are new or changed, of all accounts.';

CREATE VIEW run_sums AS
SELECT
    r.id, r.kind, r.status, r.started_at, r.finished_at, coalesce(r.total, n.total) AS total,
    coalesce(r.successful, n.successful) AS successful, coalesce(r.failed, n.failed) AS failed,
    coalesce(r.skipped, n.skipped) AS skipped, n.pending, coalesce(r.synced, n.synced) AS synced
FROM sync_runs AS r
CROSS JOIN LATERAL (
    SELECT
        count(*) AS total,
        count(*) FILTER (WHERE a.status = 'success') AS successful,
        count(*) FILTER (WHERE a.status = 'failed') AS failed,
        count(*) FILTER (WHERE a.status = 'skipped') AS skipped,
        count(*) FILTER (WHERE a.status = 'pending') AS pending,
        coalesce(sum(
            CASE
                WHEN a.status = 'pending' THEN greatest(coalesce(t.synced_count - a.base_count, 0), 0)
                ELSE a.synced_count
            END
        ), 0)::bigint AS synced
    FROM sync_run_accounts AS a
    LEFT JOIN sync_tasks AS t ON t.task_id = a.task_id AND a.status = 'pending'
    WHERE a.run_id = r.id AND r.total IS NULL
) AS n;
COMMENT ON VIEW run_sums IS 'Runs with their accounts by outcome; a pending account counts what its task has found so far.';

CREATE INDEX account_schedules_behind_idx ON account_schedules (coalesce(watermark, 0), grant_id);
-- of any length: an index entry holds 2,704 bytes at most
CREATE INDEX email_accounts_email_idx ON email_accounts (left(email_address, 320), id);
CREATE INDEX sync_tasks_ended_idx ON sync_tasks (grant_id, finished_at DESC)
    WHERE state = 'done' AND kind NOT IN ('message', 'thread');
CREATE INDEX incidents_subject_idx ON incidents (subject, opened_at DESC);
