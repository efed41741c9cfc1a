-- Delete an account that is kept out, and by foreign keys what is left of it. $1: account.
-- Index: email_accounts_pkey, purged_grants_pkey. Safe to repeat.
DELETE FROM email_accounts AS a
USING purged_grants AS p
WHERE a.id = $1::uuid AND p.nylas_grant_id = a.nylas_grant_id
