-- A task keeps the trace of the request that created it.
--
-- Only the scheduler writes this, as all of step 0002.

ALTER TABLE sync_tasks ADD COLUMN traceparent text;
COMMENT ON COLUMN sync_tasks.traceparent IS
    'W3C trace context of what made it wanted; null: nothing but time or a person did.';
