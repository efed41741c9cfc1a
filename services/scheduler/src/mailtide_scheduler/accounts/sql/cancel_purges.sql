-- End purges of an account that have not begun, because it was connected again. Under the grant's lock. $1: grant.
-- Index: sync_tasks_open_idx. Safe to repeat.
UPDATE sync_tasks
SET state = 'done', finished_at = now(), outcome = 'dropped'
WHERE grant_id = $1::text AND kind = 'purge' AND state = 'pending'
