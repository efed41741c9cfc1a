-- Create periodic checks of invalid grants, because the notification that one works again may have been lost. The first
-- check of a grant is only scheduled.
-- $1: least seconds between two checks of a grant, $2: how many are added at random, $3: most accounts at once.
-- Index: email_accounts_invalid_idx, account_schedules_pkey. Safe to repeat, and with two schedulers at once.
WITH due AS (
    SELECT s.grant_id, s.recheck_at
    FROM email_accounts AS a
    INNER JOIN account_schedules AS s ON s.grant_id = a.nylas_grant_id
    WHERE
        a.status = 'invalid' AND s.decision IS NULL AND coalesce(s.not_before <= now(), true)
        AND coalesce(s.recheck_at <= now(), true)
    LIMIT $3::integer
    FOR UPDATE OF s SKIP LOCKED
),
moved AS (
    UPDATE account_schedules AS s
    SET recheck_at = now() + make_interval(secs => $1::double precision + $2::double precision * random())
    FROM due
    WHERE s.grant_id = due.grant_id
    RETURNING s.grant_id, due.recheck_at AS was
)
INSERT INTO sync_tasks (task_id, grant_id, kind, reason, state, due_at, created_at)
SELECT gen_random_uuid(), grant_id, 'account', 'recheck', 'pending', now(), now()
FROM moved
WHERE was IS NOT NULL
ON CONFLICT DO NOTHING
RETURNING task_id
