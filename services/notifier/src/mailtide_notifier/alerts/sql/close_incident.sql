-- Record the end of an open incident. $1: incident, $2: when (microseconds since 1970).
-- Index: notice_incidents_pkey. Safe to repeat: an ended one is not returned again.
UPDATE notice_incidents
SET ended_at = $2::bigint
WHERE id = $1::uuid AND ended_at IS NULL
RETURNING id, kind, subject, reason, opened_at, ended_at
