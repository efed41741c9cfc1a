-- Record that a delta failed. Under the grant's lock.
-- $1: grant, $2: failures to add, $3: seconds until the next delta is due, unless something makes it due earlier.
-- Index: account_schedules_pkey. Repeats are excluded by record_report.
UPDATE account_schedules
SET
    failures = failures + $2::integer,
    next_sync_at = now() + make_interval(secs => $3::double precision),
    last_finished_at = now()
WHERE grant_id = $1::text
