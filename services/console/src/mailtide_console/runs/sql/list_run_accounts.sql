-- A run's accounts, by grant; for a pending one, the messages that its task has found so far.
-- $1: run, $2: outcome, or null for all, $3: grant of the cursor, or null, $4: most rows.
-- Index: sync_run_accounts_pkey, sync_tasks_pkey. Reads only.
SELECT
    r.account_id, r.grant_id, r.email_address AS email, r.status, r.error, r.finished_at,
    CASE
        WHEN r.status = 'pending' THEN greatest(coalesce(t.synced_count - r.base_count, 0), 0) ELSE r.synced_count
    END AS synced,
    t.state AS task_state, t.kind AS task_kind, t.until, t.watermark, t.oldest, t.start_date,
    coalesce(t.busy_seconds, 0) AS busy_seconds
FROM sync_run_accounts AS r
LEFT JOIN sync_tasks AS t ON t.task_id = r.task_id AND r.status = 'pending'
WHERE
    r.run_id = $1::uuid AND ($2::text IS NULL OR r.status = $2::text) AND ($3::text IS NULL OR r.grant_id > $3::text)
ORDER BY r.grant_id
LIMIT $4::integer
