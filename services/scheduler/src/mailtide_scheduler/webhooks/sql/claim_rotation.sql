-- Claim the rotation of a destination's secret because no notification arrives; returns no row after a recent claim.
-- Under the lock of destinations. $1: destination, $2: now (microseconds since 1970), $3: earlier claims are not
-- recent.
-- Index: webhook_destinations_pkey. Safe to repeat: the first call has claimed it.
UPDATE webhook_destinations
SET silence_rotated_at = $2::bigint
WHERE id = $1::text AND coalesce(silence_rotated_at < $3::bigint, true)
RETURNING id
