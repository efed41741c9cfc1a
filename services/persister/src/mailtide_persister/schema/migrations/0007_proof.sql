-- A first pass over a mailbox is unproven until a second listing agrees.
--
-- `email_accounts` is the persister's, everything else the scheduler's. Old services neither read nor write any
-- of this.

ALTER TABLE email_accounts ADD COLUMN proven_at timestamptz, ADD COLUMN unproven_at timestamptz;
COMMENT ON COLUMN email_accounts.proven_at IS
    'When the newest audit began that found the mailbox and the rows equal; null: nothing is proven.';
COMMENT ON COLUMN email_accounts.unproven_at IS
    'When it was found that what was listed before was not the whole mailbox: earlier proofs count for nothing.';

ALTER TABLE account_schedules
    ADD COLUMN proving_since timestamptz, ADD COLUMN proofs_begun integer, ADD COLUMN next_proof_at timestamptz;
CREATE INDEX account_schedules_proof_idx ON account_schedules (next_proof_at) WHERE next_proof_at IS NOT NULL;
COMMENT ON COLUMN account_schedules.proving_since IS 'When the newest backfill ended, which audits have to prove.';
COMMENT ON COLUMN account_schedules.proofs_begun IS 'How many of these audits have begun.';
COMMENT ON COLUMN account_schedules.next_proof_at IS 'When the next of them is due; null: none is left.';

ALTER TABLE audit_reports
    ADD COLUMN proves text[], ADD COLUMN proof_said_at timestamptz;
CREATE INDEX audit_reports_unsaid_idx ON audit_reports (finished_at)
    WHERE proves IS NOT NULL AND proof_said_at IS NULL;
COMMENT ON COLUMN audit_reports.proves IS 'What the pass compared and found equal; null: it proves nothing.';
COMMENT ON COLUMN audit_reports.proof_said_at IS 'Null: the proof is not known to be in Kafka.';
