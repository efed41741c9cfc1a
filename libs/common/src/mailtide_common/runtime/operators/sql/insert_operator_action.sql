-- Record what an operator is about to change. $1: id, $2: operator or null, $3: operation, $4: account or null,
-- $5: parameters.
INSERT INTO operator_actions (id, at, operator, action, account_id, detail)
VALUES ($1::uuid, now(), $2::text, $3::text, $4::uuid, $5::jsonb)
