-- What operators changed through the scheduler's API: who, what, when, and what became of it.
--
-- Only the scheduler writes it. It holds no mail content and no address of a mailbox, so a purge leaves it: who purged
-- an account stays known.

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
COMMENT ON COLUMN operator_actions.detail IS 'Parameters of the request, without ids of users.';
COMMENT ON COLUMN operator_actions.status IS
    'HTTP status of the answer; null: the scheduler ended before it was known, so it may have been done.';
COMMENT ON COLUMN operator_actions.error IS 'Why it was refused or failed.';
