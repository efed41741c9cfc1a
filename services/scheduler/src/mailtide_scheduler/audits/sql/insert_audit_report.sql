-- Create the report of an audit's pass if it has none. Under the grant's lock. $1: task.
-- Index: audit_reports_pkey, audit_reports_grant_idx, sync_tasks_pkey. Safe to repeat: an existing report does not
-- change.
INSERT INTO audit_reports (task_id, audit_id, grant_id, pass, started_at)
SELECT
    t.task_id, coalesce(t.audit_id, t.task_id), t.grant_id,
    1 + (
        SELECT count(*) FROM audit_reports AS r
        WHERE r.grant_id = t.grant_id AND r.audit_id = coalesce(t.audit_id, t.task_id) AND r.task_id <> t.task_id
    ),
    coalesce(t.began_at, t.created_at)
FROM sync_tasks AS t
WHERE t.task_id = $1::uuid
ON CONFLICT DO NOTHING
