-- An account with what an operator decided about it. $1: account.
-- Index: email_accounts_pkey, account_schedules_pkey. Reads only.
SELECT
    a.id, a.nylas_grant_id, a.user_id, a.email_address, a.display_name, a.provider, a.status,
    (extract(EPOCH FROM a.connected_at) * 1000000)::bigint AS connected_at, a.webhook_subscription_id,
    coalesce(a.observed_at, 0) AS observed_at, s.decision, s.decided_at,
    (
        SELECT json_agg(json_build_object(
            'user_id', u.user_id, 'connected_at', u.connected_at, 'changed_at', u.changed_at, 'removed', u.removed
        ) ORDER BY u.user_id)::text
        FROM account_users AS u WHERE u.account_id = a.id
    ) AS users
FROM email_accounts AS a
LEFT JOIN account_schedules AS s ON s.grant_id = a.nylas_grant_id
WHERE a.id = $1::uuid
