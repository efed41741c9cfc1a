-- The time of an account's purge, if that was before a time. $1: account, $2: the time.
-- Index: purged_accounts_pkey. Reads only.
SELECT purged_at FROM purged_accounts WHERE account_id = $1::uuid AND purged_at < $2::timestamptz
