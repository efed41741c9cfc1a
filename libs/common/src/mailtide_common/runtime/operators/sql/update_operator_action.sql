-- Record the result of a change. $1: id, $2: HTTP status, $3: error or null.
-- Index: operator_actions_pkey. Safe to repeat.
UPDATE operator_actions SET status = $2::integer, error = $3::text WHERE id = $1::uuid
