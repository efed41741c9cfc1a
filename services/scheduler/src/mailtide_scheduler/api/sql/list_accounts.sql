-- Accounts with their schedules. $1: most rows, $2: the id after which the page begins, or null; $3: only these
-- accounts, or null.
-- Index: email_accounts_pkey, account_schedules_pkey, sync_tasks_open_idx. Reads only.
SELECT
    a.id, a.user_id, a.email_address AS email, a.display_name, a.provider, a.nylas_grant_id AS grant_id,
    coalesce(s.decision, a.status) AS status, a.connected_at,
    a.last_sync_at, a.last_sync_error, a.webhook_subscription_id,
    s.next_sync_at, s.watermark, coalesce(s.failures, 0) AS failures,
    CASE WHEN s.not_before > now() THEN s.not_before END AS throttled_until,
    t.open_tasks, t.syncing, least(s.next_proof_at, s.next_audit_at) AS next_audit_at, a.proven_at, a.first_pass_at,
    b.kind AS task_kind, b.until, b.watermark AS listed_from, b.oldest, b.start_date, b.synced_count, b.busy_seconds,
    b.state AS task_state,
    (
        SELECT count(*) FROM held_deletions AS h WHERE h.grant_id = a.nylas_grant_id AND h.state = 'held'
    ) AS held_deletions,
    (
        SELECT count(*) FROM held_folders AS h WHERE h.grant_id = a.nylas_grant_id AND h.state = 'held'
    ) AS held_folders,
    ARRAY(
        SELECT u.user_id FROM account_users AS u WHERE u.account_id = a.id AND NOT u.removed
        ORDER BY u.connected_at, u.user_id
    ) AS users,
    h.condition, h.since, h.next_at, h.failed_at, h.detail
FROM email_accounts AS a
INNER JOIN account_health AS h ON h.account_id = a.id
LEFT JOIN account_schedules AS s ON s.grant_id = a.nylas_grant_id
CROSS JOIN LATERAL (
    SELECT count(*) AS open_tasks, coalesce(bool_or(o.kind = 'delta' AND o.state = 'leased'), false) AS syncing
    FROM sync_tasks AS o
    WHERE o.grant_id = a.nylas_grant_id AND o.state <> 'done'
) AS t
LEFT JOIN LATERAL (
    SELECT * FROM sync_tasks AS o
    WHERE o.grant_id = a.nylas_grant_id AND o.kind = 'backfill' AND o.state <> 'done'
    ORDER BY o.created_at
    LIMIT 1
) AS b ON true
WHERE ($2::uuid IS NULL OR a.id > $2::uuid) AND ($3::uuid[] IS NULL OR a.id = ANY ($3::uuid[]))
ORDER BY a.id
LIMIT $1::integer
