-- A mailbox may have several users of the application.
--
-- `account_users` is the persister's: the newest statement about each user, removed ones too, so that their order does
-- not matter. It has no foreign key: `delete_account` deletes its rows. Applications read the view `email_account_users`.
-- Old services continue to read and write `email_accounts.user_id`, which stays the first user.

CREATE TABLE account_users (
    account_id uuid NOT NULL,
    user_id text NOT NULL,
    connected_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    removed boolean NOT NULL,
    PRIMARY KEY (account_id, user_id)
);
CREATE INDEX account_users_user_idx ON account_users (user_id) WHERE NOT removed;
COMMENT ON COLUMN account_users.connected_at IS 'Microseconds since 1970; so is changed_at.';

INSERT INTO account_users (account_id, user_id, connected_at, changed_at, removed)
SELECT id, user_id, at, at, false
FROM (
    SELECT id, user_id, coalesce((extract(EPOCH FROM connected_at) * 1000000)::bigint, 0) AS at
    FROM email_accounts
    WHERE user_id IS NOT NULL
) AS known;

CREATE VIEW email_account_users AS
SELECT account_id, user_id, timestamptz 'epoch' + connected_at * interval '1 microsecond' AS connected_at
FROM account_users
WHERE NOT removed;
COMMENT ON VIEW email_account_users IS 'Every user of the application who connected the mailbox.';

ALTER TABLE email_accounts ADD COLUMN users_told boolean NOT NULL DEFAULT true;
CREATE INDEX email_accounts_untold_idx ON email_accounts (id) WHERE NOT users_told;
COMMENT ON COLUMN email_accounts.users_told IS
    'Whether the newest snapshot in Kafka names all users; if not, the scheduler publishes one that does.';
