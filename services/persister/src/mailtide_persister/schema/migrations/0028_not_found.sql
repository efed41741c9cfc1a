-- How often in a row Nylas has answered 404 for the message of a task. Old schedulers neither read nor write it.
ALTER TABLE sync_tasks ADD COLUMN not_found integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN sync_tasks.not_found IS
    'How often in a row Nylas has answered 404; another failure in between begins the count anew.';
