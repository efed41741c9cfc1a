-- End the back-off of the tasks that a run waits for, and of begun deltas of its accounts. Under the locks of the run's
-- grants. $1: run.
-- Index: sync_run_accounts_pkey, sync_tasks_open_idx. Safe to repeat: a due time only becomes earlier.
UPDATE sync_tasks AS t
SET due_at = now()
FROM sync_run_accounts AS r
WHERE
    r.run_id = $1::uuid AND r.status = 'pending'
    AND t.grant_id = r.grant_id AND t.state = 'pending' AND t.due_at > now() AND t.due_at < 'infinity'
    AND ((t.kind = 'delta' AND t.until IS NOT NULL) OR t.task_id = r.task_id)
