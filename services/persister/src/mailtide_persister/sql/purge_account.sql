-- Delete an account that is kept out, and by foreign keys what is left of it. $1: account.
-- Index: email_accounts_pkey, purged_accounts_pkey. Safe to repeat.
DELETE FROM email_accounts AS a
USING purged_accounts AS p
WHERE a.id = $1::uuid AND p.account_id = a.id
