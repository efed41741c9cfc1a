-- Make no calls for a grant for a while. Under the grant's lock. $1: grant, $2: seconds from now.
-- Index: account_schedules_pkey. Safe to repeat: the longer wait counts.
UPDATE account_schedules
SET not_before = greatest(not_before, now() + make_interval(secs => $2::double precision))
WHERE grant_id = $1::text
