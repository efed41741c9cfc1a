-- No statement has used the column `sync_tasks.whole` and the kind `timer` of runs since 0003.

ALTER TABLE sync_tasks DROP COLUMN whole;

ALTER TABLE sync_runs DROP CONSTRAINT sync_runs_kind_check;

ALTER TABLE sync_runs ADD CONSTRAINT sync_runs_kind_check CHECK (kind IN ('cron', 'manual')) NOT VALID;
