-- Record that an audit's pass found nothing wrong. Under the grant's lock. $1: task, $2: what it compared.
-- An empty listing proves nothing while more proofs are to come: a mailbox that Nylas has not read yet lists nothing.
-- Index: audit_reports_pkey, audit_folders_pkey, account_schedules_pkey. Safe to repeat: a proof is recorded once.
UPDATE audit_reports AS r
SET proves = $2::text[]
WHERE
    r.task_id = $1::uuid AND r.proves IS NULL
    AND (
        EXISTS (SELECT FROM audit_folders AS f WHERE f.task_id = r.task_id AND f.in_account > 0)
        OR EXISTS (SELECT FROM account_schedules AS s WHERE s.grant_id = r.grant_id AND s.next_proof_at IS NULL)
    )
