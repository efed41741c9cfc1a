-- Take the write locks of mailboxes until the transaction ends, so that two persisters (one of them a process
-- that was frozen and lost its partitions) never write one mailbox at once. $1: keys, sorted, so no deadlock.
-- A process that freezes while it holds them is cut off by Postgres after a while.
-- Index: none. Repeating it changes nothing.
SELECT
    set_config('idle_in_transaction_session_timeout', $2::text, true),
    (SELECT count(pg_advisory_xact_lock(key)) FROM unnest($1::bigint[]) AS keys (key))
