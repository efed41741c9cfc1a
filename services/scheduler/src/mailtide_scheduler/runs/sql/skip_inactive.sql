-- Skip accounts in running runs that may not be called any more. A leased task still reports, so it is waited for.
-- Index: email_accounts_inactive_idx, sync_run_accounts_account_idx, sync_tasks_pkey: the cost grows with the number of
-- inactive accounts, not with the run. Safe to repeat: only pending accounts change.
UPDATE sync_run_accounts AS r
SET
    status = 'skipped',
    finished_at = now(),
    synced_count = greatest(coalesce(found.synced_count - r.base_count, 0), 0),
    error = coalesce(r.error, 'the account is ' || found.status)
FROM (
    SELECT ra.run_id, ra.grant_id, a.status, t.synced_count
    FROM email_accounts AS a
    INNER JOIN sync_run_accounts AS ra ON ra.account_id = a.id AND ra.status = 'pending'
    LEFT JOIN sync_tasks AS t ON t.task_id = ra.task_id
    WHERE a.status <> 'active' AND coalesce(t.state <> 'leased' OR t.lease_until <= now(), true)
) AS found
WHERE r.run_id = found.run_id AND r.grant_id = found.grant_id AND r.status = 'pending'
