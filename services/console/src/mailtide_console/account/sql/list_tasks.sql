-- The newest ended tasks of an account and 20 open ones, other than those of messages and threads. $1: grant, $2:
-- most ended.
-- Index: sync_tasks_ended_idx, sync_tasks_open_idx. Reads only.
(
    SELECT kind, state, outcome, error, synced_count, attempts, reason, finished_at AS at
    FROM sync_tasks
    WHERE grant_id = $1::text AND state = 'done' AND kind NOT IN ('message', 'thread')
    ORDER BY finished_at DESC
    LIMIT $2::integer
)
UNION ALL
(
    SELECT
        kind, state, outcome, error, synced_count, attempts, reason,
        coalesce(to_timestamp(reported_at / 1000000.0), sent_at, created_at)
    FROM sync_tasks
    WHERE grant_id = $1::text AND state <> 'done' AND kind NOT IN ('message', 'thread')
    LIMIT 20
)
