-- Record that Kafka has acknowledged proofs. $1: tasks. Index: audit_reports_pkey. Safe to repeat.
UPDATE audit_reports SET proof_said_at = now() WHERE task_id = ANY ($1::uuid[])
