-- Be the only scheduler that changes webhook destinations until the transaction ends; waits for another one.
-- $1: the lock's number. Safe to repeat.
SELECT pg_advisory_xact_lock($1::bigint)
