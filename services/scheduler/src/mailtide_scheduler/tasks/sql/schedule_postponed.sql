-- Make accounts due again whose next sync was postponed indefinitely while there was no timer, spread over the
-- interval.
-- $1: its seconds, $2: most accounts at once. No back-off and no interval is as long as a year.
-- Index: account_schedules_next_sync_idx. Safe to repeat.
UPDATE account_schedules
SET next_sync_at = now() + make_interval(secs => $1::double precision * random())
WHERE grant_id IN (
    SELECT grant_id FROM account_schedules
    WHERE next_sync_at > now() + interval '365 days'
    LIMIT $2::integer
    FOR UPDATE SKIP LOCKED
)
