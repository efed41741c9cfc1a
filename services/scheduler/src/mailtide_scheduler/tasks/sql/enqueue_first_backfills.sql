-- Enqueue the first backfill of those of the accounts that have had none, and make their deltas due.
-- Under the grants' locks. $1: grants, $2: seconds that a watermark stays behind now, $3: the backfill's start date.
-- From now on deltas list new mail, so that it is current while the backfill goes back in time.
-- Index: account_schedules_pkey. Safe to repeat: a backfill that was enqueued does not change.
WITH begun AS (
    UPDATE account_schedules
    SET live_watermark = floor(extract(EPOCH FROM now()))::bigint - $2::bigint, next_sync_at = now()
    WHERE grant_id = ANY ($1::text[]) AND watermark IS NULL AND live_watermark IS NULL AND decision IS NULL
    RETURNING grant_id, not_before
)
INSERT INTO sync_tasks (task_id, grant_id, kind, start_date, reason, state, due_at, created_at)
SELECT gen_random_uuid(), grant_id, 'backfill', $3::bigint, 'first pass', 'pending', greatest(now(), not_before), now()
FROM begun
ON CONFLICT DO NOTHING
RETURNING grant_id
