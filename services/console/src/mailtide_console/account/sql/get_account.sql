-- An account with its health, its schedule and its backfill, if one has not ended. $1: account.
-- Index: email_accounts_pkey, account_schedules_pkey, sync_tasks_open_idx. Reads only.
SELECT
    h.account_id, h.grant_id, h.condition, h.since, h.next_at, h.failed_at, h.detail, a.email_address AS email,
    a.display_name,
    a.provider, a.connected_at, a.last_sync_at, a.last_delta_at, a.first_pass_at, a.proven_at, a.unproven_at,
    s.watermark, coalesce(s.failures, 0) AS failures, s.not_before, s.throttled_since, s.wanted_at, s.next_sync_at,
    least(s.next_proof_at, s.next_audit_at) AS next_audit_at, s.last_finished_at,
    b.task_id AS backfill_id, b.state AS backfill_state, b.until, b.watermark AS listed_from, b.oldest, b.start_date,
    coalesce(b.synced_count, 0) AS backfilled, coalesce(b.busy_seconds, 0) AS busy_seconds,
    ARRAY(
        SELECT u.user_id FROM account_users AS u WHERE u.account_id = h.account_id AND NOT u.removed
        ORDER BY u.connected_at, u.user_id
        LIMIT 20
    ) AS users
FROM account_health AS h
INNER JOIN email_accounts AS a ON a.id = h.account_id
LEFT JOIN account_schedules AS s ON s.grant_id = h.grant_id
LEFT JOIN LATERAL (
    SELECT * FROM sync_tasks AS t
    WHERE t.grant_id = h.grant_id AND t.kind = 'backfill' AND t.state <> 'done'
    ORDER BY t.created_at
    LIMIT 1
) AS b ON true
WHERE h.account_id = $1::uuid
