-- Open tasks per kind, and for how long the oldest one has been due. Index: sync_tasks_open_idx. Reads only.
SELECT
    kind,
    count(*) AS open,
    coalesce(max(extract(EPOCH FROM now() - due_at)) FILTER (WHERE state = 'pending' AND due_at < 'infinity'), 0)::double precision
        AS oldest_seconds
FROM sync_tasks
WHERE state <> 'done'
GROUP BY kind
