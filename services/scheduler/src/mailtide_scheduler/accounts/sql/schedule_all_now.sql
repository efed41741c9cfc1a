-- Make every account due that has a schedule, because notifications were lost since $1 (microseconds since 1970). $2,
-- $3: seconds of the short and the medium window: what was lost before the short one is found by a wider one.
-- Index: none, all rows change. Safe to repeat.
UPDATE account_schedules
SET
    next_sync_at = now(),
    wanted_at = now(),
    medium_window_at = CASE
        WHEN to_timestamp($1::bigint / 1e6) > now() - make_interval(secs => $2::double precision)
        THEN medium_window_at
    END,
    long_window_at = CASE
        WHEN to_timestamp($1::bigint / 1e6) > now() - make_interval(secs => $3::double precision)
        THEN long_window_at
    END
