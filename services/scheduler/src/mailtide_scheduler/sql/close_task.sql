-- End a task for good. Under the grant's lock. $1: task.
-- Index: sync_tasks_pkey. Safe to repeat: an ended task stays as it is.
UPDATE sync_tasks
SET state = 'done', finished_at = now(), lease_until = NULL
WHERE task_id = $1::uuid AND state <> 'done'
