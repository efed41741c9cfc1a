-- Forbid calls for a grant for a while. Under the grant's lock. $1: grant, $2: seconds from now, $3: whether the 429
-- had Retry-After. Returns for how many seconds 429s have lacked it; null if this one had it.
-- Index: account_schedules_pkey. Safe to repeat: the longer wait counts.
UPDATE account_schedules
SET
    not_before = greatest(not_before, now() + make_interval(secs => $2::double precision)),
    throttled_since = CASE WHEN NOT $3::boolean THEN coalesce(throttled_since, now()) END
WHERE grant_id = $1::text
RETURNING extract(EPOCH FROM now() - throttled_since)::double precision AS seconds
