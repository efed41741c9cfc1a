-- Be the only one who wishes, requeues or settles tasks of these grants until the transaction ends. $1: grants.
-- A grant that is not known yet gets its row, due now; its first delta is then found by plan_deltas or a wish.
-- In the order of the grants, so that two who lock many never wait for each other.
-- Index: account_schedules_pkey. Safe to repeat: an existing row stays as it is.
INSERT INTO account_schedules (grant_id, next_sync_at)
SELECT grant_id, now() FROM unnest($1::text[]) AS g (grant_id) ORDER BY grant_id
ON CONFLICT (grant_id) DO UPDATE SET grant_id = excluded.grant_id
