-- See to it that an audit's pass has a report. Under the grant's lock. $1: task.
-- Index: audit_reports_pkey, sync_tasks_pkey. Safe to repeat: a report that exists stays as it is.
INSERT INTO audit_reports (task_id, audit_id, grant_id, pass, started_at)
SELECT
    task_id, coalesce(audit_id, task_id), grant_id, CASE WHEN follow_up THEN 2 ELSE 1 END,
    coalesce(began_at, created_at)
FROM sync_tasks
WHERE task_id = $1::uuid
ON CONFLICT DO NOTHING
