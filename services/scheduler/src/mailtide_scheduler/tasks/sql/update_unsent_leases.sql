-- Make tasks due again soon whose requests could not be sent, which counts as no attempt (see claim_tasks). $1: tasks,
-- $2: seconds from now.
-- Index: sync_tasks_pkey. Safe to repeat: a lease only becomes shorter, and an ended task stays ended.
UPDATE sync_tasks
SET sent_at = NULL, lease_until = least(lease_until, now() + make_interval(secs => $2::double precision))
WHERE task_id = ANY ($1::uuid[]) AND state = 'leased'
