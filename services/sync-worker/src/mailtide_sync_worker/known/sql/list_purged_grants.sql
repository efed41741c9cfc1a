-- Which of some accounts are purged. Reads only. Index: purged_accounts_pkey.
SELECT account_id FROM purged_accounts WHERE account_id = ANY($1::uuid[])
