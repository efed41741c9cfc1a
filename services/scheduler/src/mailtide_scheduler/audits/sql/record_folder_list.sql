-- Record what the first slice of an audit found about the folders themselves. Under the grant's lock.
-- $1: task, $2 to $6: in the account, synced, missing, extra, differing.
-- Index: audit_reports_pkey. Repeats are excluded by record_progress and record_report, in the same transaction.
UPDATE audit_reports
SET
    folders_in_account = $2::bigint, folders_synced = $3::bigint, folders_missing = $4::bigint,
    folders_extra = $5::bigint, folders_differing = $6::bigint
WHERE task_id = $1::uuid
