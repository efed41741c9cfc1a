-- Record that a mailbox was listed to its beginning. Under the grant's lock.
-- $1: grant, $2: the backfill's watermark in Unix seconds (or null), $3: seconds that a watermark stays behind now, $4:
-- seconds between two comparisons of the long window, $5: between two audits (null: no audits).
-- The first time, everything has just been listed: the wide windows are not due, and the next audit is scheduled. Both
-- are spread over their intervals, so that accounts that were connected together are not synced together.
-- Index: account_schedules_pkey. Safe to repeat: the watermark only advances.
UPDATE account_schedules AS s
SET
    watermark = greatest(
        s.watermark, s.live_watermark, least($2::bigint, floor(extract(EPOCH FROM now()))::bigint - $3::bigint)
    ),
    medium_window_at = CASE WHEN s.watermark IS NULL THEN now() ELSE s.medium_window_at END,
    long_window_at = CASE
        WHEN s.watermark IS NULL THEN now() - make_interval(secs => $4::double precision * random())
        ELSE s.long_window_at
    END,
    next_audit_at = coalesce(s.next_audit_at, now() + make_interval(secs => $5::double precision * random()))
WHERE s.grant_id = $1::text
