-- The dead letters to redrive, oldest first. $1: ids, or null; $2: an error class whose letters wait for a decision, or
-- null; $3: only those of this topic, or null; $4: most rows.
-- Index: dead_letters_pkey, dead_letters_class_idx. Reads only.
SELECT id
FROM dead_letters
WHERE
    ($1::uuid[] IS NOT NULL AND id = ANY ($1::uuid[]))
    OR (
        $1::uuid[] IS NULL AND error_class = $2::text AND redriven_at IS NULL AND discarded_at IS NULL
        AND ($3::text IS NULL OR origin_topic = $3::text)
    )
ORDER BY parked_at, id
LIMIT $4::integer
