-- Count a failed attempt for the accounts that wait for a task; those without attempts left have failed.
-- Under the grant's lock. $1: task, $2: attempts within a run, $3: messages that the task found, $4: error.
-- Returns the attempts of those that still wait.
-- Index: sync_run_accounts_task_idx. Repeats are excluded by record_report.
WITH tried AS (
    UPDATE sync_run_accounts
    SET
        attempts = attempts + 1,
        status = CASE WHEN attempts + 1 >= $2::integer THEN 'failed' ELSE status END,
        synced_count = CASE
            WHEN attempts + 1 >= $2::integer THEN greatest($3::bigint - base_count, 0) ELSE synced_count
        END,
        error = $4::text,
        finished_at = CASE WHEN attempts + 1 >= $2::integer THEN now() END
    WHERE task_id = $1::uuid AND status = 'pending'
    RETURNING attempts, status
)
SELECT attempts FROM tried WHERE status = 'pending'
