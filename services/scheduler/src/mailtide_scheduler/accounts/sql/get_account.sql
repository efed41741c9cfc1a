-- An account, and the operator's decision about it. $1: account.
-- Index: email_accounts_pkey, account_schedules_pkey. Reads only.
SELECT * FROM account_snapshots WHERE id = $1::uuid
