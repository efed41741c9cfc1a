-- Delete the parked records of a purged account. $1: account, whose row must still exist, because it has the grant.
-- Index: email_accounts_pkey, purged_accounts_pkey; dead_letters is scanned by its keys, without reading values.
-- Safe to repeat.
DELETE FROM dead_letters AS d
USING email_accounts AS a
INNER JOIN purged_accounts AS p ON p.account_id = a.id
WHERE
    a.id = $1::uuid
    AND (
        d.key = convert_to(a.nylas_grant_id, 'UTF8')
        OR substring(d.key FOR octet_length(a.nylas_grant_id) + 1) = convert_to(a.nylas_grant_id || '/', 'UTF8')
    )
