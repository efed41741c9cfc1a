-- Schedule the first periodic listing of folders of accounts that have none scheduled, spread over the interval.
-- $1: the interval in seconds, $2: most accounts at once.
-- Index: account_schedules_folders_idx. Safe to repeat: only accounts without a due time change.
UPDATE account_schedules
SET next_folders_at = now() + make_interval(secs => $1::double precision * random())
WHERE grant_id IN (
    SELECT grant_id FROM account_schedules
    WHERE next_folders_at IS NULL AND watermark IS NOT NULL
    LIMIT $2::integer
    FOR UPDATE SKIP LOCKED
)
