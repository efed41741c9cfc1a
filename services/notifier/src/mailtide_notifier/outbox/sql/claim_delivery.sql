-- Lock the delivery that has been due for the longest time. $1: channels that may send.
-- The lock is held while it is sent, and is released with the connection: if the process dies, another one sends the
-- delivery at once; if its machine fails, once Postgres ends the idle transaction.
-- Index: notice_deliveries_due_idx. Safe in several processes: locked deliveries are skipped.
SELECT
    id, channel_id, payload, attempts,
    set_config('idle_in_transaction_session_timeout', '30s', true) AS bounded
FROM notice_deliveries
WHERE state = 'pending' AND due_at <= now() AND channel_id = ANY ($1::uuid[])
ORDER BY due_at
LIMIT 1
FOR UPDATE SKIP LOCKED
