-- The newest passes of an account's audits, newest first. $1: account, $2: most rows.
-- Index: email_accounts_pkey, audit_reports_grant_idx. Reads only.
SELECT
    r.task_id, r.audit_id, r.pass, r.started_at, r.finished_at, r.outcome, r.proves, r.contents,
    r.messages_in_account, r.messages_synced, r.messages_missing, r.messages_extra, r.messages_differing,
    r.folders_in_account, r.folders_synced, r.folders_missing, r.folders_extra, r.folders_differing,
    a.id AS account_id, a.email_address, a.proven_at
FROM email_accounts AS a
LEFT JOIN LATERAL (
    SELECT * FROM audit_reports AS p
    WHERE p.grant_id = a.nylas_grant_id ORDER BY p.started_at DESC, p.pass DESC LIMIT $2::integer
) AS r ON true
WHERE a.id = $1::uuid
ORDER BY r.started_at DESC, r.pass DESC
