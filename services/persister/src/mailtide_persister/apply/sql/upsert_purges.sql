-- Mark accounts as purged, unless they were connected later; a replay reads old purges again. Returns the marked
-- accounts. $1, $2: accounts and when they were purged.
-- Index: email_accounts_pkey, purged_accounts_pkey. Safe to repeat and in any order.
WITH purged AS (
    SELECT i.* FROM unnest($1::uuid[], $2::timestamptz[]) AS i (account_id, purged_at)
),
connected_since AS (
    SELECT a.id FROM email_accounts AS a INNER JOIN purged AS i ON i.account_id = a.id
    WHERE a.connected_at > i.purged_at
),
stored AS (
    INSERT INTO purged_accounts AS p (account_id, purged_at)
    SELECT account_id, purged_at FROM purged
    WHERE account_id NOT IN (SELECT id FROM connected_since)
    ON CONFLICT (account_id) DO UPDATE SET purged_at = greatest(p.purged_at, excluded.purged_at)
    RETURNING p.account_id
)
SELECT account_id FROM stored
