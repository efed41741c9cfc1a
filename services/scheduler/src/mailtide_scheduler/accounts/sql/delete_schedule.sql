-- Delete what the scheduler holds of a purged mailbox except its schedule, which is reset and marked as removed until
-- the mailbox is connected again, because the account's row may still exist. Under the grant's lock. $1: grant, $2:
-- time of the tombstone (microseconds since 1970).
-- Index: account_schedules_pkey, sync_tasks_open_idx, held_deletions_pkey, long_ids_pkey, audit_reports_grant_idx. Safe
-- to repeat: an account that was connected or active after the tombstone does not change.
WITH forgotten AS (
    UPDATE account_schedules
    SET
        watermark = NULL, live_watermark = NULL, next_audit_at = NULL, decision = 'removed',
        decided_at = greatest(decided_at, $2::bigint)
    WHERE grant_id = $1::text AND greatest(connected_at, active_observed_at, 0) <= $2::bigint
    RETURNING grant_id
),
tasks AS (
    DELETE FROM sync_tasks WHERE grant_id IN (SELECT grant_id FROM forgotten) AND state <> 'done'
),
folders AS (
    DELETE FROM held_folders WHERE grant_id IN (SELECT grant_id FROM forgotten)
),
ids AS (
    DELETE FROM long_ids WHERE grant_id IN (SELECT grant_id FROM forgotten)
),
held AS (
    DELETE FROM held_deletions WHERE grant_id IN (SELECT grant_id FROM forgotten)
)
DELETE FROM audit_reports WHERE grant_id IN (SELECT grant_id FROM forgotten)
