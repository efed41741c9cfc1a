-- Delete old notices; one that still waits belongs to a channel that was disabled or silenced.
-- $1: days they are kept, $2: most rows at once.
-- Index: notices_created_idx. Safe to repeat.
DELETE FROM notices
WHERE id IN (
    SELECT n.id FROM notices AS n
    WHERE n.created_at < now() - make_interval(days => $1::integer)
    LIMIT $2::integer
)
