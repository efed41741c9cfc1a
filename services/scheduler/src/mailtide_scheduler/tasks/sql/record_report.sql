-- Record a worker's report on a task, once. Under the grant's lock.
-- $1: task, $2: microseconds since 1970 of the report, $3: messages to add, $4: outcome, $5: error.
-- Index: sync_tasks_pkey. Safe to repeat: a report that is not newer than the last one, or about a task that has ended,
-- finds no row.
UPDATE sync_tasks
SET reported_at = $2::bigint, synced_count = synced_count + $3::bigint, outcome = $4::text, error = $5::text
WHERE task_id = $1::uuid AND state <> 'done' AND coalesce(reported_at < $2::bigint, true)
RETURNING task_id, grant_id, kind, until, watermark, attempts, not_found, synced_count, follow_up
