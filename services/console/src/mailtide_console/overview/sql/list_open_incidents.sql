-- Incidents that have not ended, the oldest first.
SELECT kind, subject, reason, opened_at
FROM incidents
WHERE ended_at IS NULL
ORDER BY opened_at
LIMIT $1
