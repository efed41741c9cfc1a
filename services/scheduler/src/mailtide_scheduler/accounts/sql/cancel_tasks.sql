-- End the pending tasks of an account that was removed, except purges, and let an unfinished first backfill start again
-- when the account is connected again. Under the grant's lock. $1: grant. Leased tasks end with their workers' reports.
-- Index: sync_tasks_open_idx, account_schedules_pkey. Safe to repeat.
WITH dropped AS (
    UPDATE sync_tasks
    SET state = 'done', finished_at = now(), lease_until = NULL, outcome = coalesce(outcome, 'dropped')
    WHERE grant_id = $1::text AND state = 'pending' AND kind <> 'purge'
)
UPDATE account_schedules
SET live_watermark = CASE WHEN watermark IS NOT NULL THEN live_watermark END
WHERE grant_id = $1::text
