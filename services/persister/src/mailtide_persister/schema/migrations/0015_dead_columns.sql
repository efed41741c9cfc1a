-- What no statement has named since 0003: `sync_tasks.whole`, and the kind `timer` of runs.

ALTER TABLE sync_tasks DROP COLUMN whole;

ALTER TABLE sync_runs DROP CONSTRAINT sync_runs_kind_check;

ALTER TABLE sync_runs ADD CONSTRAINT sync_runs_kind_check CHECK (kind IN ('cron', 'manual')) NOT VALID;
