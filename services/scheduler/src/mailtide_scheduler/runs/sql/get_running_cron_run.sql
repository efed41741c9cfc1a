-- The cron run that is running, if any. Index: sync_runs_one_cron_idx. Reads only.
SELECT id FROM sync_runs WHERE kind = 'cron' AND status = 'running'
