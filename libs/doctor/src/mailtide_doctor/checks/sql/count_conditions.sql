-- Accounts by condition. Index: none, it reads all accounts: 0.8 s for 100,000. Reads only.
SELECT condition, count(*) AS accounts FROM account_health GROUP BY condition
