-- Lock grants until the transaction ends: only the holder of its lock enqueues, requeues or completes a grant's tasks.
-- $1: grants, $2: their accounts' ids.
-- A new grant gets a row that is due now; enqueue_due_deltas or a request then creates its first delta. A grant that
-- was purged and erased becomes `removed`, so that tombstones may be written for late events and no calls are made.
-- Rows are locked in the order of the grants, so that two transactions never deadlock.
-- Index: account_schedules_pkey, purged_accounts_pkey. Safe to repeat: an existing row does not change.
INSERT INTO account_schedules (grant_id, next_sync_at, decision, decided_at)
SELECT
    g.grant_id, now(), CASE WHEN p.account_id IS NOT NULL THEN 'removed' END,
    (extract(EPOCH FROM p.purged_at) * 1000000)::bigint
FROM unnest($1::text[], $2::uuid[]) AS g (grant_id, account_id)
LEFT JOIN purged_accounts AS p ON p.account_id = g.account_id
ORDER BY g.grant_id
ON CONFLICT (grant_id) DO UPDATE SET grant_id = excluded.grant_id
