-- Plan the first listing of folders by turn for accounts that have none, spread over the interval.
-- $1: the interval in seconds, $2: most accounts at once.
-- Index: account_schedules_folders_idx. Safe to repeat: only those without a plan.
UPDATE account_schedules
SET next_folders_at = now() + make_interval(secs => $1::double precision * random())
WHERE grant_id IN (
    SELECT grant_id FROM account_schedules
    WHERE next_folders_at IS NULL AND watermark IS NOT NULL
    LIMIT $2::integer
    FOR UPDATE SKIP LOCKED
)
