-- Add the number of messages whose whole content a slice of an audit compared. Under the grant's lock. $1: task, $2:
-- messages.
-- Index: audit_reports_pkey. Repeats are excluded by record_progress and record_report, in the same transaction.
UPDATE audit_reports SET contents = contents + $2::bigint WHERE task_id = $1::uuid
