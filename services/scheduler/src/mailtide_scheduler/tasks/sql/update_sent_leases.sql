-- Extend the leases of tasks whose requests Kafka has acknowledged. $1: tasks, $2: seconds of a first lease, doubled
-- with each attempt so that a long queue at the workers does not grow, $3: longest lease.
-- Index: sync_tasks_pkey. Safe to repeat: a task whose report came first is not leased any more.
UPDATE sync_tasks
SET lease_until = now() + make_interval(
    secs => least($2::double precision * 2 ^ least(attempts, 20), $3::double precision)
)
WHERE task_id = ANY ($1::uuid[]) AND state = 'leased'
