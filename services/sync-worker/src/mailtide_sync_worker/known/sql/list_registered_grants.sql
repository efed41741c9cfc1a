-- Which of some accounts need not be requested: their own event is stored, or they are purged. Reads only.
-- Index: email_accounts_pkey, purged_accounts_pkey.
SELECT id FROM email_accounts WHERE id = ANY($1::uuid[]) AND observed_at IS NOT NULL
UNION ALL
SELECT account_id FROM purged_accounts WHERE account_id = ANY($1::uuid[])
