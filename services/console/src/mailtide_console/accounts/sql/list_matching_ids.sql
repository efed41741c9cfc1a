-- Ids of the accounts whose address matches. $1: part of the address in the form of ILIKE, $2: most rows.
-- Compares lower-case texts, because ILIKE takes up to twice as long; the pattern's is computed once, by the subquery.
-- Scans the accounts. Reads only.
SELECT id FROM email_accounts WHERE lower(email_address) LIKE (SELECT lower($1::text)) LIMIT $2::integer
