-- Record that a call for a grant succeeded. Under the grant's lock. $1: grant. Returns a row if answers were 429 without
-- Retry-After before.
-- Index: account_schedules_pkey. Safe to repeat.
UPDATE account_schedules SET throttled_since = NULL
WHERE grant_id = $1::text AND throttled_since IS NOT NULL
RETURNING grant_id
