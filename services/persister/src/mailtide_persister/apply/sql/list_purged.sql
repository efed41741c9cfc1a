-- Those of some accounts that are purged. $1: accounts. Index: purged_accounts_pkey. Reads only.
SELECT account_id FROM purged_accounts WHERE account_id = ANY ($1::uuid[])
