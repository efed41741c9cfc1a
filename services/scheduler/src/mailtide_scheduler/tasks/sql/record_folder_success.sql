-- Record that the folders of an account were listed. Under the grant's lock. $1: grant, $2: seconds until the next
-- listing.
-- Index: account_schedules_pkey. Repeats are excluded by record_report.
UPDATE account_schedules
SET next_folders_at = now() + make_interval(secs => $2::double precision)
WHERE grant_id = $1::text
