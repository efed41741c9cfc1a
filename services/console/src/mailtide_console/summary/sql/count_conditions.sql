-- Accounts by condition; those of a condition by id, if it has few. $1: share of all accounts below which it has few.
-- Scans the accounts. Reads only.
WITH counted AS (
    SELECT condition, count(*) AS accounts, array_agg(account_id) AS ids FROM account_health GROUP BY condition
)
SELECT condition, accounts, CASE WHEN accounts < $1::double precision * sum(accounts) OVER () THEN ids END AS ids
FROM counted
