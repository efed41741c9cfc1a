-- Accounts whose row does not name our webhook destination. $1: the destination, $2: most rows.
-- A provisional row (no observation yet) waits for its own event. Reads only; a scan of the accounts.
SELECT
    nylas_grant_id, user_id, email_address, display_name, provider, status, observed_at,
    (extract(EPOCH FROM connected_at) * 1000000)::bigint AS connected_at
FROM email_accounts
WHERE
    status IN ('active', 'paused', 'invalid')
    AND observed_at IS NOT NULL
    AND webhook_subscription_id IS DISTINCT FROM $1::text
ORDER BY nylas_grant_id
LIMIT $2::integer
