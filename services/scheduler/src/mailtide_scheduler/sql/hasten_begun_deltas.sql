-- End the back-off of deltas that a run's own delta has to wait for. Under the locks of the run's grants. $1: run.
-- Index: sync_run_accounts_pkey, sync_tasks_open_idx. Safe to repeat: a due time only comes nearer.
UPDATE sync_tasks AS t
SET due_at = now()
FROM sync_run_accounts AS r
WHERE
    r.run_id = $1::uuid AND r.status = 'pending'
    AND t.grant_id = r.grant_id AND t.kind = 'delta' AND t.state = 'pending' AND t.until IS NOT NULL
    AND t.due_at > now()
