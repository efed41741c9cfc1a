-- The account of a grant, by its primary key; no provisional row, whose account's own event has not come. Reads only.
SELECT user_id, email_address, display_name, provider, status, webhook_subscription_id, connected_at,
    (
        SELECT json_agg(json_build_object(
            'user_id', u.user_id, 'connected_at', u.connected_at, 'changed_at', u.changed_at, 'removed', u.removed
        ) ORDER BY u.user_id)::text
        FROM account_users AS u WHERE u.account_id = email_accounts.id
    ) AS users
FROM email_accounts
WHERE id = $1 AND observed_at IS NOT NULL
