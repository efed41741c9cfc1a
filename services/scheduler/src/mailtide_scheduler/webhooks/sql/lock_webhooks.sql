-- Lock the webhook destinations for this scheduler until the transaction ends; wait if another one has locked them. $1:
-- the lock's number. Safe to repeat.
SELECT pg_advisory_xact_lock($1::bigint)
