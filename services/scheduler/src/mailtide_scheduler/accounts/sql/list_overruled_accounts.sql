-- Accounts whose row an observation has changed although an operator's decision holds. $1: most rows.
-- Index: account_schedules_decision_idx, email_accounts_nylas_grant_id_key. Reads only.
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
FROM account_schedules AS s
INNER JOIN email_accounts AS a ON a.nylas_grant_id = s.grant_id
WHERE s.decision IS NOT NULL AND a.status <> s.decision AND a.observed_at > s.decided_at
LIMIT $1::integer
