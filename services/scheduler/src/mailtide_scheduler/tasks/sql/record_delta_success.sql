-- Record a clean delta. Under the grant's lock.
-- $1: task, $2: its watermark in Unix seconds (or null), $3: seconds that the watermark stays behind now, $4: seconds
-- until the next delta is due, $5, $6: the medium and the long window in seconds.
-- During the first backfill, deltas have a watermark of their own. If the account was made due after a delta began,
-- another delta follows it at once.
-- Index: account_schedules_pkey, sync_tasks_pkey. Safe to repeat: watermarks only advance.
-- INV-7.
UPDATE account_schedules AS s
SET
    watermark = CASE WHEN s.watermark IS NOT NULL THEN greatest(s.watermark, seen.until) END,
    live_watermark = CASE
        WHEN s.watermark IS NULL THEN greatest(s.live_watermark, seen.until) ELSE s.live_watermark
    END,
    medium_window_at = CASE WHEN t.window_seconds >= $5::integer THEN now() ELSE s.medium_window_at END,
    long_window_at = CASE WHEN t.window_seconds >= $6::integer THEN now() ELSE s.long_window_at END,
    failures = 0,
    not_before = NULL,
    next_sync_at = CASE
        WHEN s.wanted_at > t.began_at THEN now() ELSE now() + make_interval(secs => $4::double precision)
    END,
    last_finished_at = now()
FROM sync_tasks AS t
CROSS JOIN LATERAL (
    SELECT least($2::bigint, floor(extract(EPOCH FROM now()))::bigint - $3::bigint) AS until
) AS seen
WHERE t.task_id = $1::uuid AND s.grant_id = t.grant_id
