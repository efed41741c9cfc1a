-- Lock mailboxes for writing until the transaction ends, so that two persisters (one of them a process that was frozen
-- and lost its partitions) never write one mailbox at once. $1: keys, sorted, so that transactions do not deadlock.
-- It also configures the transaction: Postgres ends the session of a process that freezes in it after $2 milliseconds,
-- and plans are made once and use indexes. Otherwise a plan that was made while a table was empty would scan it until
-- the table is analysed.
-- Index: none. Safe to repeat.
SELECT
    set_config('idle_in_transaction_session_timeout', $2::text, true),
    set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('enable_seqscan', 'off', true),
    set_config('jit', 'off', true),
    (SELECT count(pg_advisory_xact_lock(key)) FROM unnest($1::bigint[]) AS keys (key))
