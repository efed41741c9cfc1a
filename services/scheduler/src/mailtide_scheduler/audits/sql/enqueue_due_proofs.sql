-- Create the audits that prove backfills, if they are due and no other audit is open.
-- $1: seconds after a backfill when each of them is due, $2: seconds until the next look at an account that may not be
-- called, $3: most at once.
-- Index: account_schedules_proof_idx in its order, sync_tasks_open_idx, email_accounts_nylas_grant_id_key. Safe to
-- repeat, and with two schedulers at once: a row that another one has locked is skipped, and afterwards its due time
-- has moved.
WITH due AS (
    SELECT s.grant_id, p.callable AND p.status IS NOT NULL AS active
    FROM account_schedules AS s
    INNER JOIN account_permissions AS p ON p.grant_id = s.grant_id
    WHERE
        s.next_proof_at <= now()
        AND NOT EXISTS (
            SELECT FROM sync_tasks AS t WHERE t.grant_id = s.grant_id AND t.kind = 'audit' AND t.state <> 'done'
        )
    ORDER BY s.next_proof_at
    LIMIT $3::integer
    FOR UPDATE OF s SKIP LOCKED
),
moved AS (
    UPDATE account_schedules AS s
    SET
        proofs_begun = s.proofs_begun + due.active::integer,
        next_proof_at = CASE
            WHEN due.active
            THEN s.proving_since + make_interval(secs => ($1::double precision[])[s.proofs_begun + 2])
            ELSE now() + make_interval(secs => $2::double precision)
        END
    FROM due
    WHERE s.grant_id = due.grant_id
    RETURNING s.grant_id, due.active
)
INSERT INTO sync_tasks (task_id, grant_id, kind, reason, state, due_at, created_at)
SELECT gen_random_uuid(), grant_id, 'audit', 'proof of a backfill', 'pending', now(), now()
FROM moved
WHERE active
ON CONFLICT DO NOTHING
RETURNING task_id
