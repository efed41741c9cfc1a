-- Seconds until the next task is due or the next lease expires; null: none. Tasks that are already due do not count:
-- they wait for something other than time.
-- Index: sync_tasks_due_idx, sync_tasks_lease_idx. Reads only.
SELECT extract(
    EPOCH FROM least(
        (SELECT min(due_at) FROM sync_tasks WHERE state = 'pending' AND due_at > now() AND due_at < 'infinity'),
        (SELECT min(lease_until) FROM sync_tasks WHERE state = 'leased' AND lease_until > now())
    ) - now()
)::double precision AS seconds
