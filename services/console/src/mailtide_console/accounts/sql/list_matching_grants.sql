-- Grants of the accounts whose address matches. $1: ILIKE pattern of the address, $2: most rows.
-- Compares lower-case texts, as the index does, and because ILIKE takes up to twice as long.
-- Index: email_accounts_search_idx if the pattern has three letters or digits in a row; otherwise, and without pg_trgm,
-- it scans the accounts. Reads only.
SELECT nylas_grant_id AS grant_id FROM email_accounts WHERE lower(email_address) LIKE lower($1::text) LIMIT $2::integer
