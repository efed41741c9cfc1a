-- Parked records, newest first, without their content. $1: most rows; $2: the id after which the page begins, or null;
-- $3: only those of this topic, or null; $4: only those of this error class, or null; $5: only those that wait for a
-- decision.
-- Index: dead_letters_parked_idx, dead_letters_waiting_idx, dead_letters_pkey. Reads only.
SELECT
    d.id, d.origin_topic AS topic, d.origin_partition AS partition, d.origin_offset AS "offset",
    d.origin_group AS "group", d.error_class, d.error_message, d.attempts, coalesce(octet_length(d.value), 0) AS size,
    d.parked_at, d.redriven_at, d.discarded_at, d.discard_note
FROM dead_letters AS d
WHERE
    (
        $2::uuid IS NULL
        OR (d.parked_at, d.id) < (SELECT c.parked_at, c.id FROM dead_letters AS c WHERE c.id = $2::uuid)
    )
    AND ($3::text IS NULL OR d.origin_topic = $3::text)
    AND ($4::text IS NULL OR d.error_class = $4::text)
    AND (NOT $5::boolean OR (d.redriven_at IS NULL AND d.discarded_at IS NULL))
ORDER BY d.parked_at DESC, d.id DESC
LIMIT $1::integer
