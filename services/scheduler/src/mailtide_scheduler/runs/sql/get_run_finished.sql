-- Whether a run has ended; null: there is no such run. $1: run. Index: sync_runs_pkey. Reads only.
SELECT status = 'finished' AS finished FROM sync_runs WHERE id = $1::uuid
