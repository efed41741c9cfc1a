-- Accounts whose row does not name our webhook destination. $1: the destination, $2: most rows.
-- A provisional row (no observation yet) waits for its own event. Reads only; a scan of the accounts.
SELECT
    nylas_grant_id, user_id, email_address, display_name, provider, status, observed_at,
    (extract(EPOCH FROM connected_at) * 1000000)::bigint AS connected_at,
    (
        SELECT json_agg(json_build_object(
            'user_id', u.user_id, 'connected_at', u.connected_at, 'changed_at', u.changed_at, 'removed', u.removed
        ) ORDER BY u.user_id)::text
        FROM account_users AS u WHERE u.account_id = email_accounts.id
    ) AS users
FROM email_accounts
WHERE
    status IN ('active', 'paused', 'invalid')
    AND observed_at IS NOT NULL
    AND webhook_subscription_id IS DISTINCT FROM $1::text
ORDER BY nylas_grant_id
LIMIT $2::integer
