-- Add a slice's findings about messages to those of its audit. Under the grant's lock. $1: task, $2: messages whose
-- whole content was compared, $3 to $7: in the account, synced, missing, extra, differing; null: not reported, and
-- so unknown for the whole pass.
-- Index: audit_reports_pkey. Repeats are excluded by record_progress and record_report, in the same transaction.
UPDATE audit_reports
SET
    contents = contents + $2::bigint,
    messages_in_account = messages_in_account + $3::bigint, messages_synced = messages_synced + $4::bigint,
    messages_missing = messages_missing + $5::bigint, messages_extra = messages_extra + $6::bigint,
    messages_differing = messages_differing + $7::bigint
WHERE task_id = $1::uuid
