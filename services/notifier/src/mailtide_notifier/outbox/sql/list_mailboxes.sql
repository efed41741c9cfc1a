-- Addresses of accounts. $1: accounts. Index: email_accounts_pkey. Reads only.
SELECT id, email_address FROM email_accounts WHERE id = ANY ($1::uuid[]) AND email_address IS NOT NULL
