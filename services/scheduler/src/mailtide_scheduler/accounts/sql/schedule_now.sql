-- Make accounts due: from their watermark, with the widest window, and with no failures counted, because a person has
-- just removed their cause. Under the grants' locks. $1: grants.
-- Index: account_schedules_pkey. Safe to repeat.
UPDATE account_schedules
SET
    next_sync_at = now(), wanted_at = now(), medium_window_at = NULL, long_window_at = NULL, recheck_at = NULL,
    failures = 0
WHERE grant_id = ANY ($1::text[])
