-- Accounts of the same address and provider that were connected before by another grant and are not removed.
-- $1: the new grant, $2: its address, $3: its provider, $4: when it was connected (microseconds since 1970).
-- Index: email_accounts_address_idx, account_schedules_pkey. Reads only.
SELECT a.id
FROM email_accounts AS a
LEFT JOIN account_schedules AS s ON s.grant_id = a.nylas_grant_id
WHERE
    lower(a.email_address) = lower($2::text)
    AND a.nylas_grant_id <> $1::text
    AND coalesce(s.decision, a.status) <> 'removed'
    AND coalesce(a.provider = $3::text, true)
    AND coalesce(extract(EPOCH FROM a.connected_at) * 1000000 < $4::bigint, true)
    AND coalesce(s.connected_at < $4::bigint, true)
