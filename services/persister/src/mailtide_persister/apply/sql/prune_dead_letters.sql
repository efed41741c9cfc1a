-- Delete records that were parked longer ago than mail.dead-letters.v1 keeps them. $1: days, $2: most rows at once.
-- Index: dead_letters_parked_idx. Safe to repeat.
DELETE FROM dead_letters
WHERE id IN (
    SELECT id FROM dead_letters
    WHERE parked_at < now() - make_interval(days => $1::integer)
    ORDER BY parked_at
    LIMIT $2::integer
)
