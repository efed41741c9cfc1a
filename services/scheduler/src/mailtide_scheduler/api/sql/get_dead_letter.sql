-- A parked record with its key and headers; its value only on request. $1: id, $2: whether to read the value.
-- Index: dead_letters_pkey. Reads only.
SELECT
    id, origin_topic AS topic, origin_partition AS partition, origin_offset AS "offset", origin_group AS "group",
    error_class, error_message, attempts, coalesce(octet_length(value), 0) AS size, parked_at, redriven_at,
    discarded_at, discard_note, redrives, key, headers, CASE WHEN $2::boolean THEN value END AS value
FROM dead_letters
WHERE id = $1::uuid
