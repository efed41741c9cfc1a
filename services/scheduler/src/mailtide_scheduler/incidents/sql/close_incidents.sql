-- Record that incidents have ended. $1: kind, $2: subject, or null for all; $3: when (microseconds since 1970).
-- Returns their subjects and beginnings. Index: incidents_open_idx. Safe to repeat: an ended one stays ended.
UPDATE incidents
SET ended_at = $3::bigint
WHERE kind = $1::text AND ($2::text IS NULL OR subject = $2::text) AND ended_at IS NULL
RETURNING subject, coalesce(since, opened_at) AS since
