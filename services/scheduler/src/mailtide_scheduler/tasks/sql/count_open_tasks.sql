-- Open tasks per kind, and for how long the oldest one has been due: 0 if none is due. Index: sync_tasks_open_idx. Reads only.
SELECT
    kind,
    count(*) AS open,
    greatest(max(extract(EPOCH FROM now() - due_at)) FILTER (WHERE state = 'pending' AND due_at < 'infinity'), 0)::double precision
        AS oldest_seconds
FROM sync_tasks
WHERE state <> 'done'
GROUP BY kind
