-- The accounts with this address (in any case), grant or id. $1: address or grant, $2: id, or null.
-- Index: email_accounts_address_idx, email_accounts_nylas_grant_id_key, email_accounts_pkey. Reads only.
SELECT id FROM email_accounts
WHERE lower(email_address) = lower($1::text) OR nylas_grant_id = $1::text OR id = $2::uuid
