-- Delete old audits, but never an account's newest one. $1: days for which they are kept, $2: most rows at once.
-- Index: audit_reports_started_idx, audit_reports_grant_idx. Safe to repeat.
DELETE FROM audit_reports
WHERE task_id IN (
    SELECT r.task_id FROM audit_reports AS r
    WHERE
        r.started_at < now() - make_interval(days => $1::integer)
        AND EXISTS (
            SELECT FROM audit_reports AS n
            WHERE n.grant_id = r.grant_id AND n.audit_id <> r.audit_id AND n.finished_at > r.started_at
        )
    LIMIT $2::integer
)
