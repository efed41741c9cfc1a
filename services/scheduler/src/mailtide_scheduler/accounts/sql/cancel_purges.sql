-- Do not purge an account that was connected again before it was. Under the grant's lock. $1: grant.
-- Index: sync_tasks_open_idx. Safe to repeat.
UPDATE sync_tasks
SET state = 'done', finished_at = now(), outcome = 'dropped'
WHERE grant_id = $1::text AND kind = 'purge' AND state = 'pending'
