-- Note a clean pass over a mailbox. Under the grant's lock.
-- $1: grant, $2: its watermark in unix seconds (or null), $3: seconds that the watermark stays behind now,
-- $4: seconds until the next turn.
-- Index: account_schedules_pkey. Safe to repeat: the watermark only moves forward.
UPDATE account_schedules
SET
    watermark = greatest(watermark, least($2::bigint, floor(extract(EPOCH FROM now()))::bigint - $3::bigint)),
    failures = 0,
    not_before = NULL,
    next_sync_at = now() + make_interval(secs => $4::double precision),
    last_finished_at = now()
WHERE grant_id = $1::text
