-- Add the findings of an audit's slice, one array per column; each folder occurs once. Under the grant's lock. $1:
-- task.
-- Index: audit_folders_pkey. Repeats are excluded by record_progress and record_report, in the same transaction.
INSERT INTO audit_folders AS f (task_id, folder_id, in_account, synced, missing, extra, differing)
SELECT $1::uuid, folder_id, in_account, synced, missing, extra, differing
FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[]) AS i (
    folder_id, in_account, synced, missing, extra, differing
)
ON CONFLICT (task_id, folder_id) DO UPDATE SET
    in_account = f.in_account + excluded.in_account,
    synced = f.synced + excluded.synced,
    missing = f.missing + excluded.missing,
    extra = f.extra + excluded.extra,
    differing = f.differing + excluded.differing
