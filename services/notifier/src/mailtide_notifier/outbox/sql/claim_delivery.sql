-- Lock the delivery that has been due for longest. $1: channels that may send.
-- The lock lasts while it is sent, and ends with the connection: if the process dies, another one sends it at once, and
-- if its machine vanishes, when Postgres ends the idle transaction.
-- Index: notice_deliveries_due_idx. Safe with several processes: what another one sends is skipped.
SELECT
    id, channel_id, payload, attempts,
    set_config('idle_in_transaction_session_timeout', '30s', true) AS bounded
FROM notice_deliveries
WHERE state = 'pending' AND due_at <= now() AND channel_id = ANY ($1::uuid[])
ORDER BY due_at
LIMIT 1
FOR UPDATE SKIP LOCKED
