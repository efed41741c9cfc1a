-- Take the write locks of mailboxes until the transaction ends, so that two persisters (one of them a process
-- that was frozen and lost its partitions) never write one mailbox at once. $1: keys, sorted, so no deadlock.
-- Also set up the transaction: a process that freezes in it is cut off by Postgres after $2 milliseconds, and
-- plans are made once and go by indexes. A plan that was made while a table was new and empty would else scan
-- it from then on, until it is analysed.
-- Index: none. Repeating it changes nothing.
SELECT
    set_config('idle_in_transaction_session_timeout', $2::text, true),
    set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('enable_seqscan', 'off', true),
    set_config('jit', 'off', true),
    (SELECT count(pg_advisory_xact_lock(key)) FROM unnest($1::bigint[]) AS keys (key))
