-- End a grant's series of 429s without Retry-After, because a call succeeded or because no more calls are made. Under the
-- grant's lock. $1: grant. Returns a row if there was a series.
-- Index: account_schedules_pkey. Safe to repeat.
UPDATE account_schedules SET throttled_since = NULL
WHERE grant_id = $1::text AND throttled_since IS NOT NULL
RETURNING grant_id
