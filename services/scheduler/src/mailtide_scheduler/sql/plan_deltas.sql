-- Create a delta task for every active account that is due and has none, and move its next turn.
-- $1: seconds between two deltas of an account, spread by a tenth either way; $2: most accounts at once.
-- Index: account_schedules_pkey, sync_tasks_open_idx. Safe to repeat, and with two schedulers at once: the second
-- finds the next turn moved.
WITH due AS (
    SELECT a.nylas_grant_id AS grant_id
    FROM email_accounts AS a
    LEFT JOIN account_schedules AS s ON s.grant_id = a.nylas_grant_id
    WHERE
        a.status = 'active'
        AND coalesce(s.next_sync_at <= now(), true)
        AND coalesce(s.not_before <= now(), true)
        AND NOT EXISTS (
            SELECT FROM sync_tasks AS t
            WHERE t.grant_id = a.nylas_grant_id AND t.kind = 'delta' AND t.state <> 'done'
        )
    ORDER BY a.nylas_grant_id
    LIMIT $2::integer
),
turned AS (
    INSERT INTO account_schedules AS s (grant_id, next_sync_at)
    SELECT grant_id, now() + make_interval(secs => $1::double precision * (0.9 + 0.2 * random())) FROM due
    ON CONFLICT (grant_id) DO UPDATE SET next_sync_at = excluded.next_sync_at
    WHERE s.next_sync_at <= now()
    RETURNING s.grant_id
)
INSERT INTO sync_tasks (task_id, grant_id, kind, reason, state, due_at, created_at)
SELECT gen_random_uuid(), grant_id, 'delta', 'timer', 'pending', now(), now() FROM turned
ON CONFLICT DO NOTHING
RETURNING task_id
