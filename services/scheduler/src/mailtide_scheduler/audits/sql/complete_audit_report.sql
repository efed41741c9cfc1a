-- Record that an audit's pass has ended; return its sums and its number. Under the grant's lock. $1: task, $2: outcome.
-- Index: audit_reports_pkey, audit_folders_pkey. Safe to repeat: the first end counts.
WITH ended AS (
    UPDATE audit_reports
    SET finished_at = coalesce(finished_at, now()), outcome = coalesce(outcome, $2::text)
    WHERE task_id = $1::uuid
)
SELECT
    coalesce(sum(missing), 0)::bigint AS missing,
    coalesce(sum(extra), 0)::bigint AS extra,
    coalesce(sum(differing), 0)::bigint AS differing,
    (
        SELECT coalesce(folders_missing + folders_extra + folders_differing, 0)
        FROM audit_reports WHERE task_id = $1::uuid
    ) AS wrong_folders,
    (SELECT pass FROM audit_reports WHERE task_id = $1::uuid) AS pass
FROM audit_folders
WHERE task_id = $1::uuid
