-- Delete the parked records of an account. $1: account, whose row still has its grant.
-- Index: email_accounts_pkey; dead_letters is read by its keys, without its values. Safe to repeat.
DELETE FROM dead_letters AS d
USING email_accounts AS a
WHERE
    a.id = $1::uuid
    AND (
        d.key = convert_to(a.nylas_grant_id, 'UTF8')
        OR substring(d.key FOR octet_length(a.nylas_grant_id) + 1) = convert_to(a.nylas_grant_id || '/', 'UTF8')
    )
