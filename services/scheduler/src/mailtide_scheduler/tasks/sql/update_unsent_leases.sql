-- Have tasks that could not be sent be due again soon. $1: tasks, $2: seconds from now.
-- Index: sync_tasks_pkey. Safe to repeat: a lease is only ever shortened, and a task that ended stays ended.
UPDATE sync_tasks
SET lease_until = least(lease_until, now() + make_interval(secs => $2::double precision))
WHERE task_id = ANY ($1::uuid[]) AND state = 'leased'
