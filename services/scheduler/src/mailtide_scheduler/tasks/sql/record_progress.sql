-- Record that a slice of a listing has ended; the next one is due at once, and an earlier failure of the task is over.
-- Under the grant's lock.
-- $1: task, $2: microseconds since 1970 of the report, $3: messages to add, $4: where the next slice begins, $5: the
-- watermark before the first slice, $6: the mailbox's oldest message, if known, $7: where the slice began, if the
-- report has it, $8: where the first slice begins (all Unix seconds), $9: seconds of the slice that later
-- slices do not need.
-- Index: sync_tasks_pkey. Safe to repeat: a listing only goes towards older mail, and a slice counts only if it began
-- where the last one ended. So the same slice again, also with another end, or the slice of a slow worker finds no row.
UPDATE sync_tasks
SET
    reported_at = greatest(reported_at, $2::bigint),
    synced_count = synced_count + $3::bigint,
    until = $4::bigint,
    watermark = $5::bigint,
    oldest = coalesce($6::bigint, oldest),
    busy_seconds = busy_seconds + coalesce(greatest(extract(EPOCH FROM now() - sent_at) - $9::double precision, 0), 0),
    state = 'pending',
    due_at = now(),
    lease_until = NULL,
    attempts = 0,
    outcome = NULL,
    error = NULL
WHERE task_id = $1::uuid AND state <> 'done' AND coalesce($4::bigint < until, true)
    AND coalesce($7::bigint = coalesce(until, $8::bigint), true)
RETURNING task_id
