-- Proofs that Kafka is not known to have, oldest first. $1: most at once.
-- Index: audit_reports_unsaid_idx. Reads and locks only. Safe with two schedulers: locked rows are skipped.
SELECT task_id, grant_id, proves, (extract(EPOCH FROM started_at) * 1000000)::bigint AS proven_at
FROM audit_reports
WHERE proves IS NOT NULL AND proof_said_at IS NULL
ORDER BY finished_at
LIMIT $1::integer
FOR UPDATE SKIP LOCKED
