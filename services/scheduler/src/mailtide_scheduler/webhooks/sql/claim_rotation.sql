-- Claim the rotation of a destination's secret because no notification comes. No row: it was done lately.
-- Under the lock of destinations. $1: destination, $2: now (microseconds since 1970), $3: before this it is not lately.
-- Index: webhook_destinations_pkey. Safe to repeat: the first one has it.
UPDATE webhook_destinations
SET silence_rotated_at = $2::bigint
WHERE id = $1::text AND coalesce(silence_rotated_at < $3::bigint, true)
RETURNING id
