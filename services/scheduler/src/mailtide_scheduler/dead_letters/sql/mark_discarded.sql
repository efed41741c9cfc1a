-- Discard dead letters that wait for a decision, oldest first; one row for each. $1: ids, or null; $2: an error
-- class, or null; $3: only those of this topic, or null; $4: most rows; $5: the reason.
-- Index: dead_letters_pkey, dead_letters_class_idx. Safe to repeat; skips what another request is sending.
UPDATE dead_letters
SET discarded_at = now(), discard_note = $5::text
WHERE id IN (
    SELECT id
    FROM dead_letters
    WHERE
        redriven_at IS NULL AND discarded_at IS NULL
        AND (
            ($1::uuid[] IS NOT NULL AND id = ANY ($1::uuid[]))
            OR (
                $1::uuid[] IS NULL AND error_class = $2::text
                AND ($3::text IS NULL OR origin_topic = $3::text)
            )
        )
    ORDER BY parked_at, id
    LIMIT $4::integer
    FOR UPDATE SKIP LOCKED
)
RETURNING id
