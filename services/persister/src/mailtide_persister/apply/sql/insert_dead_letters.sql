-- Store parked records for operators, one array per column; headers are JSON.
-- Index: dead_letters_origin_idx. Safe to repeat: each origin is stored once.
INSERT INTO dead_letters (
    id, origin_topic, origin_partition, origin_offset, origin_group, error_class, error_message, attempts, key,
    value, headers, parked_at
)
SELECT
    id, origin_topic, origin_partition, origin_offset, origin_group, error_class, error_message, attempts, key,
    value, headers::jsonb, parked_at
FROM unnest(
    $1::uuid[], $2::text[], $3::integer[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::integer[],
    $9::bytea[], $10::bytea[], $11::text[], $12::timestamptz[]
) AS i (
    id, origin_topic, origin_partition, origin_offset, origin_group, error_class, error_message, attempts, key,
    value, headers, parked_at
)
ON CONFLICT DO NOTHING
RETURNING id
