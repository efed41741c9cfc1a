-- The lane of a task: what caused its message to be fetched.
--
-- Only the scheduler writes this, as all of step 0002. A task that waits during the upgrade counts as not live.

ALTER TABLE sync_tasks ADD COLUMN lane text NOT NULL DEFAULT 'sync'
    CHECK (lane IN ('live', 'sync', 'backfill'));
COMMENT ON COLUMN sync_tasks.lane IS
    'Message and thread: what made Mailtide see it; a notifier speaks up only about live mail.';
