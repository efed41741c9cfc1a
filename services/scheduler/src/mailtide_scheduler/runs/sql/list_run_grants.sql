-- The grants of a run. $1: run. Index: sync_run_accounts_pkey. Reads only.
SELECT grant_id FROM sync_run_accounts WHERE run_id = $1::uuid
