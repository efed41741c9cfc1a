-- Purged accounts that still have a row and were not connected since: after a new marker, a restored dump, or
-- tombstones that a persister missed.
-- Index: purged_accounts_pkey, email_accounts_pkey. Reads only.
SELECT a.id
FROM purged_accounts AS p
INNER JOIN email_accounts AS a ON a.id = p.account_id
WHERE coalesce(a.connected_at <= p.purged_at, true)
