-- Accounts by condition. Scans the accounts. Reads only.
SELECT condition, count(*) AS accounts FROM account_health GROUP BY condition
