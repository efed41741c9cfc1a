-- End the tasks of an account that was removed, and delete the progress of an unfinished backfill, which starts again
-- if the account is connected again. Under the grant's lock. $1: grant. A worker may still report on its task; such a
-- report finds that the task has ended.
-- Index: sync_tasks_open_idx, account_schedules_pkey. Safe to repeat.
WITH dropped AS (
    UPDATE sync_tasks
    SET state = 'done', finished_at = now(), lease_until = NULL, outcome = coalesce(outcome, 'dropped')
    WHERE grant_id = $1::text AND state = 'pending' AND kind <> 'purge'
)
UPDATE account_schedules
SET live_watermark = CASE WHEN watermark IS NOT NULL THEN live_watermark END
WHERE grant_id = $1::text
