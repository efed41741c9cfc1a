-- Record that an audit's pass has ended; return its sums and its number. Under the grant's lock. $1: task, $2: outcome.
-- A number of messages that is null (not reported) or 0 is replaced by the sum over the folders, in which a message in
-- three folders counts three times.
-- Index: audit_reports_pkey, audit_folders_pkey. Safe to repeat: the first end counts.
WITH ended AS (
    UPDATE audit_reports
    SET finished_at = coalesce(finished_at, now()), outcome = coalesce(outcome, $2::text)
    WHERE task_id = $1::uuid
    RETURNING *
)
SELECT
    e.pass,
    coalesce(nullif(e.messages_missing, 0), f.missing, 0) AS missing,
    coalesce(nullif(e.messages_extra, 0), f.extra, 0) AS extra,
    coalesce(nullif(e.messages_differing, 0), f.differing, 0) AS differing,
    coalesce(e.folders_missing + e.folders_extra + e.folders_differing, 0) AS wrong_folders
FROM ended AS e
CROSS JOIN (
    SELECT sum(missing)::bigint AS missing, sum(extra)::bigint AS extra, sum(differing)::bigint AS differing
    FROM audit_folders
    WHERE task_id = $1::uuid
) AS f
