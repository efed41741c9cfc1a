-- Mark an open incident for another alert, with a new reason. Under the lock of its grant.
-- $1: kind, $2: subject, $3: reason, $4: when (microseconds since 1970), $5: an incident that was alerted after this
-- time does not change.
-- Index: incidents_open_idx. Safe to repeat: with the same reason nothing changes.
UPDATE incidents
SET
    reason = $3::text,
    opened_at = CASE WHEN alerted_at IS NULL THEN opened_at ELSE $4::bigint END,
    alerted_at = NULL
WHERE
    kind = $1::text AND subject = $2::text AND ended_at IS NULL
    AND reason <> $3::text
    AND (alerted_at IS NULL OR opened_at <= $5::bigint)
