-- Delete the marks of purged accounts that were connected again later. $1, $2: accounts and when.
-- Index: purged_accounts_pkey. Safe to repeat and in any order.
DELETE FROM purged_accounts AS p
USING unnest($1::uuid[], $2::timestamptz[]) AS i (account_id, lifted_at)
WHERE p.account_id = i.account_id AND p.purged_at < i.lifted_at
