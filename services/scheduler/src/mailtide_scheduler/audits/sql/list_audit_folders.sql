-- The findings of audits' passes per folder, with the folders' names. $1: tasks.
-- Index: audit_reports_pkey, audit_folders_pkey, email_folders_account_idx. Reads only.
SELECT
    f.task_id, f.folder_id, n.name, coalesce(n.attributes, '{}') AS attributes, f.in_account, f.synced, f.missing,
    f.extra, f.differing
FROM audit_folders AS f
INNER JOIN audit_reports AS r ON r.task_id = f.task_id
LEFT JOIN email_accounts AS a ON a.nylas_grant_id = r.grant_id
LEFT JOIN email_folders AS n ON n.account_id = a.id AND n.nylas_folder_id = f.folder_id
WHERE f.task_id = ANY ($1::uuid[])
ORDER BY n.name, f.folder_id
