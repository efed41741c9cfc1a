-- Complete the accounts that wait for a task, in all runs. Under the grant's lock.
-- $1: task, $2: status, $3: messages that it found, $4: error.
-- Index: sync_run_accounts_task_idx. Safe to repeat: only pending accounts change.
UPDATE sync_run_accounts
SET status = $2::text, synced_count = greatest($3::bigint - base_count, 0), error = $4::text, finished_at = now()
WHERE task_id = $1::uuid AND status = 'pending'
