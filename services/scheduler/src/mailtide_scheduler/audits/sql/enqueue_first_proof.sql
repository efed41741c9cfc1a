-- Have audits prove a mailbox whose backfill has ended: the first now, the others later. Under the grant's lock.
-- $1: grant, $2: seconds until each of them.
-- Index: account_schedules_pkey, sync_tasks_wish_idx. Safe to repeat: an audit that waits is the same one.
WITH begun AS (
    UPDATE account_schedules
    SET
        proving_since = now(), proofs_begun = 1,
        next_proof_at = now() + make_interval(secs => ($2::double precision[])[2])
    WHERE grant_id = $1::text
    RETURNING grant_id, not_before
)
INSERT INTO sync_tasks (task_id, grant_id, kind, reason, state, due_at, created_at)
SELECT
    gen_random_uuid(), grant_id, 'audit', 'proof of a backfill', 'pending',
    greatest(now() + make_interval(secs => ($2::double precision[])[1]), not_before), now()
FROM begun
ON CONFLICT DO NOTHING
