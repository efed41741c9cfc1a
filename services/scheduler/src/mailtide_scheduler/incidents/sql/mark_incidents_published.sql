-- Record that Kafka has acknowledged alerts, and the ends of incidents that have ended. $1: incidents, locked since
-- they were read.
-- Index: incidents_pkey. Safe to repeat.
UPDATE incidents
SET alerted_at = coalesce(alerted_at, now()), end_alerted_at = CASE WHEN ended_at IS NOT NULL THEN now() END
WHERE id = ANY ($1::uuid[])
