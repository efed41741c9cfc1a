-- Delete old changes. $1: days for which they are kept, $2: most rows at once. Index: operator_actions_at_idx. Safe
-- to repeat.
DELETE FROM operator_actions
WHERE id IN (
    SELECT id FROM operator_actions
    WHERE at < now() - make_interval(days => $1::integer)
    ORDER BY at
    LIMIT $2::integer
)
