-- Incidents whose beginning or end Kafka is not known to have, oldest first. $1: most rows.
-- Index: incidents_unsaid_idx, incidents_end_unsaid_idx. Safe with several schedulers: rows that another one has locked
-- are skipped.
SELECT
    id, kind, subject, reason, opened_at, ended_at,
    alerted_at IS NOT NULL AS alerted, end_alerted_at IS NOT NULL AS end_alerted
FROM incidents
WHERE alerted_at IS NULL OR (ended_at IS NOT NULL AND end_alerted_at IS NULL)
ORDER BY opened_at
LIMIT $1::integer
FOR UPDATE SKIP LOCKED
