-- Drop the schedule and the open tasks of an account that was purged. Under the grant's lock. $1: grant.
-- Index: account_schedules_pkey, sync_tasks_open_idx. Safe to repeat: nothing is left to drop.
WITH dropped AS (
    DELETE FROM sync_tasks WHERE grant_id = $1::text AND state <> 'done'
)
DELETE FROM account_schedules WHERE grant_id = $1::text
