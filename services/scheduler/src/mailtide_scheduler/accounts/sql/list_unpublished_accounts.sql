-- Accounts whose newest snapshot in Kafka does not name all of their users. $1: most rows.
-- Index: email_accounts_untold_idx, account_schedules_pkey, account_users_pkey. Reads only.
SELECT * FROM account_snapshots WHERE NOT users_told AND observed_at IS NOT NULL LIMIT $1::integer
