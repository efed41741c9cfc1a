-- Accounts whose row lacks the id of the webhook destination. $1: the destination, $2: most rows.
-- A provisional row (no observation yet) waits for its own event. Reads only; a scan of the accounts.
SELECT * FROM account_snapshots
WHERE
    status IN ('active', 'paused', 'invalid')
    AND observed_at IS NOT NULL
    AND webhook_subscription_id IS DISTINCT FROM $1::text
ORDER BY grant_id
LIMIT $2::integer
