-- Be the only one who wishes, requeues or settles tasks of these grants until the transaction ends. $1: grants,
-- $2: their accounts' ids.
-- A grant that is not known yet gets its row, due now; its first delta is then found by plan_deltas or a wish. One that
-- was purged and forgotten stays removed: what came late about it may be buried, and nobody is called.
-- In the order of the grants, so that two who lock many never wait for each other.
-- Index: account_schedules_pkey, purged_accounts_pkey. Safe to repeat: an existing row stays as it is.
INSERT INTO account_schedules (grant_id, next_sync_at, decision, decided_at)
SELECT
    g.grant_id, now(), CASE WHEN p.account_id IS NOT NULL THEN 'removed' END,
    (extract(EPOCH FROM p.purged_at) * 1000000)::bigint
FROM unnest($1::text[], $2::uuid[]) AS g (grant_id, account_id)
LEFT JOIN purged_accounts AS p ON p.account_id = g.account_id
ORDER BY g.grant_id
ON CONFLICT (grant_id) DO UPDATE SET grant_id = excluded.grant_id
