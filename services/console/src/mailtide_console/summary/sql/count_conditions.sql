-- Numbers of accounts by condition, with the grants of a condition that has few: the square of their number is less than
-- $1 times that of all accounts.
-- Scans the accounts. Reads only.
WITH counted AS (
    SELECT condition, count(*) AS accounts, array_agg(grant_id) AS grants FROM account_health GROUP BY condition
)
SELECT
    condition, accounts, CASE WHEN accounts * accounts < $1::bigint * sum(accounts) OVER () THEN grants END AS grants
FROM counted
