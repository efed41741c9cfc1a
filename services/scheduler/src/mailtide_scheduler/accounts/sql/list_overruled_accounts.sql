-- Accounts whose row an observation has changed although an operator's decision is in force. $1: most rows.
-- Index: account_schedules_decision_idx, email_accounts_nylas_grant_id_key. Reads only.
SELECT * FROM account_snapshots
WHERE decision IS NOT NULL AND status <> decision AND observed_at > decided_at
LIMIT $1::integer
