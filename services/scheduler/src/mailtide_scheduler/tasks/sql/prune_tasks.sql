-- Delete tasks that ended long ago. $1: days for which they are kept, $2: most rows at once.
-- Index: sync_tasks_finished_idx. Safe to repeat.
DELETE FROM sync_tasks
WHERE task_id IN (
    SELECT task_id FROM sync_tasks
    WHERE state = 'done' AND finished_at < now() - make_interval(days => $1::integer)
    ORDER BY finished_at
    LIMIT $2::integer
)
