-- Numbers of accounts by condition, with the ids of a condition that has less than the share $1 of all accounts.
-- Scans the accounts. Reads only.
WITH counted AS (
    SELECT condition, count(*) AS accounts, array_agg(account_id) AS ids FROM account_health GROUP BY condition
)
SELECT condition, accounts, CASE WHEN accounts < $1::double precision * sum(accounts) OVER () THEN ids END AS ids
FROM counted
