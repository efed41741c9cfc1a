-- Result of the newest finished audit pass per folder, most differences first. $1: grant, $2: account.
-- Index: audit_reports_grant_idx, audit_folders_pkey, email_folders_account_idx. Reads only.
SELECT
    r.finished_at, f.folder_id, n.name, f.in_account, f.synced, f.missing, f.extra, f.differing,
    r.messages_in_account, r.messages_synced, r.messages_missing, r.messages_extra, r.messages_differing
FROM (
    SELECT * FROM audit_reports
    WHERE grant_id = $1::text AND finished_at IS NOT NULL
    ORDER BY started_at DESC, pass DESC
    LIMIT 1
) AS r
INNER JOIN audit_folders AS f ON f.task_id = r.task_id
LEFT JOIN email_folders AS n ON n.account_id = $2::uuid AND n.nylas_folder_id = f.folder_id
ORDER BY f.missing + f.extra + f.differing DESC, f.in_account DESC, f.folder_id
LIMIT 200
