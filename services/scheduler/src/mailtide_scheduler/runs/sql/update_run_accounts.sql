-- Make the accounts that wait for a task wait for another one, which continues it. Under the grant's lock.
-- $1: task, $2: the other one, $3: messages that the task found.
-- Index: sync_run_accounts_task_idx. Safe to repeat: no account waits for the first task any more.
UPDATE sync_run_accounts
SET task_id = $2::uuid, base_count = base_count - $3::bigint
WHERE task_id = $1::uuid AND status = 'pending'
