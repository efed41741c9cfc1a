-- The open task that has been due for the longest time, of an account that may be called; no row: none is due.
-- Index: sync_tasks_open_idx, it reads the open tasks. Reads only.
SELECT t.kind, t.due_at, coalesce(a.email_address, 'grant ' || t.grant_id) AS name
FROM sync_tasks AS t
INNER JOIN account_permissions AS p ON p.grant_id = t.grant_id AND p.callable AND coalesce(p.not_before <= now(), true)
LEFT JOIN email_accounts AS a ON a.nylas_grant_id = t.grant_id
WHERE t.state <> 'done' AND t.due_at <= now()
ORDER BY t.due_at
LIMIT 1
