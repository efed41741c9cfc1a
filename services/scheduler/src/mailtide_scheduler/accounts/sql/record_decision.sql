-- Record an operator's decision about an account; null ends it. Under the grant's lock.
-- $1: grant, $2: decision, $3: its version in microseconds since 1970.
-- Index: account_schedules_pkey. Safe to repeat.
UPDATE account_schedules
SET decision = $2::text, decided_at = CASE WHEN $2::text IS NOT NULL THEN $3::bigint END
WHERE grant_id = $1::text
