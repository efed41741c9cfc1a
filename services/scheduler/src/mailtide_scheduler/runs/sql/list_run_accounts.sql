-- A run's accounts; for pending ones, the progress of their task, and for those without success their present health.
-- $1: run.
-- Index: sync_run_accounts_pkey, sync_tasks_pkey. Reads only.
SELECT
    r.account_id, r.grant_id, r.email_address, r.status, r.error, r.finished_at,
    CASE
        WHEN r.status = 'pending' THEN greatest(coalesce(t.synced_count - r.base_count, 0), 0) ELSE r.synced_count
    END AS synced_count,
    t.state AS task_state,
    t.kind AS task_kind,
    h.condition, h.since, h.next_at, h.failed_at, h.detail,
    t.until, t.watermark, t.oldest, t.start_date, coalesce(t.busy_seconds, 0) AS busy_seconds
FROM sync_run_accounts AS r
LEFT JOIN sync_tasks AS t ON t.task_id = r.task_id AND r.status = 'pending'
LEFT JOIN LATERAL (
    SELECT * FROM account_health AS a WHERE a.account_id = r.account_id AND r.status <> 'success'
) AS h ON true
WHERE r.run_id = $1::uuid
ORDER BY r.email_address, r.account_id
