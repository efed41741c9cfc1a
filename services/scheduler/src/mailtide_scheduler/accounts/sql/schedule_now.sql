-- Make accounts due: from their watermark, with the widest window, and without failures and back-off, because their cause
-- is gone. Under the grants' locks. $1: grants.
-- Index: account_schedules_pkey, sync_tasks_open_idx. Safe to repeat.
WITH retried AS (
    UPDATE sync_tasks
    SET due_at = now()
    WHERE
        grant_id = ANY ($1::text[]) AND kind IN ('delta', 'backfill') AND state = 'pending'
        AND due_at > now() AND due_at < 'infinity'
)
UPDATE account_schedules
SET
    next_sync_at = now(), wanted_at = now(), medium_window_at = NULL, long_window_at = NULL, recheck_at = NULL,
    failures = 0
WHERE grant_id = ANY ($1::text[])
