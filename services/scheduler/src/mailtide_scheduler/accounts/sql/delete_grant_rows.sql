-- Delete a purged grant from the scheduler's tables; reports keep the account's id in place of grant and address.
-- Nothing is deleted while a purge is open, or if the account was connected again. $1: grant, $2: the account's id.
-- Index: purged_accounts_pkey, account_schedules_pkey, sync_tasks_open_idx, sync_run_accounts_pkey per run,
-- long_ids_pkey, and small tables. Safe to repeat.
WITH gone AS (
    DELETE FROM account_schedules AS s
    USING purged_accounts AS p
    WHERE
        s.grant_id = $1::text AND p.account_id = $2::uuid
        AND coalesce(s.connected_at, 0) <= extract(EPOCH FROM p.purged_at) * 1000000
        AND NOT EXISTS (SELECT FROM email_accounts AS a WHERE a.id = $2::uuid)
        AND NOT EXISTS (
            SELECT FROM sync_tasks AS t WHERE t.grant_id = $1::text AND t.kind = 'purge' AND t.state <> 'done'
        )
    RETURNING s.grant_id
),
tasks AS (
    DELETE FROM sync_tasks WHERE grant_id IN (SELECT grant_id FROM gone)
),
held AS (
    DELETE FROM held_deletions WHERE grant_id IN (SELECT grant_id FROM gone)
),
held_folder_rows AS (
    DELETE FROM held_folders WHERE grant_id IN (SELECT grant_id FROM gone)
),
reports AS (
    DELETE FROM audit_reports WHERE grant_id IN (SELECT grant_id FROM gone)
),
ids AS (
    DELETE FROM long_ids WHERE grant_id IN (SELECT grant_id FROM gone)
),
runs AS (
    UPDATE sync_run_accounts AS a
    SET
        grant_id = $2::uuid::text, email_address = $2::uuid::text, error = NULL,
        status = CASE a.status WHEN 'pending' THEN 'skipped' ELSE a.status END
    FROM sync_runs AS r
    WHERE a.run_id = r.id AND a.grant_id IN (SELECT grant_id FROM gone)
),
closed AS (
    UPDATE incidents
    SET
        subject = $2::uuid::text,
        ended_at = coalesce(ended_at, (extract(EPOCH FROM now()) * 1000000)::bigint)
    WHERE subject IN (SELECT grant_id FROM gone)
)
SELECT grant_id FROM gone
