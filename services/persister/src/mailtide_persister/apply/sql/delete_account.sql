-- Delete a purged account with its users and withheld messages, and by foreign keys all its mail. $1: account.
-- Index: email_accounts_pkey, purged_accounts_pkey, withheld_messages_account_idx, account_users_pkey. Safe to repeat.
WITH withheld AS (
    DELETE FROM withheld_messages AS w
    USING purged_accounts AS p
    WHERE w.account_id = $1::uuid AND p.account_id = w.account_id
),
users AS (
    DELETE FROM account_users AS u USING purged_accounts AS p WHERE u.account_id = $1::uuid AND p.account_id = $1::uuid
)
DELETE FROM email_accounts AS a
USING purged_accounts AS p
WHERE a.id = $1::uuid AND p.account_id = a.id
