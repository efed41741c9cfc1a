-- Enqueue the first audit that proves a backfill which has ended, and schedule the next one. Under the grant's lock.
-- $1: grant, $2: seconds from the backfill to each audit.
-- Index: account_schedules_pkey, sync_tasks_wish_idx. Safe to repeat: it joins an audit that is waiting.
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
