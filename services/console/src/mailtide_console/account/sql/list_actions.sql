-- The newest changes that operators made to an account. $1: account, $2: most rows.
-- Index: operator_actions_account_idx. Reads only.
SELECT at, operator, action, detail, status, error
FROM operator_actions
WHERE account_id = $1::uuid
ORDER BY at DESC
LIMIT $2::integer
