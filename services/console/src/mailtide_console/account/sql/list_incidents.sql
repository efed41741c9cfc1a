-- The newest incidents about a grant. $1: grant, $2: most rows. Index: incidents_subject_idx. Reads only.
SELECT kind, reason, opened_at, ended_at
FROM incidents
WHERE subject = $1::text
ORDER BY opened_at DESC
LIMIT $2::integer
