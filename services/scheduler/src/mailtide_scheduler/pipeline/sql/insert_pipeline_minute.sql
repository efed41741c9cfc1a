-- Store a measurement, one array per column: $1 groups, $2 topics, $3 members, $4 processed, $5 written, $6 waiting,
-- $7 when the oldest waiting record was written.
-- Index: pipeline_minutes_pkey. Safe to repeat: a minute is stored once.
INSERT INTO pipeline_minutes (
    minute, consumer_group, topic, measured_at, members, processed, written, waiting, oldest_at
)
SELECT
    date_trunc('minute', statement_timestamp()), consumer_group, topic, statement_timestamp(), members, processed,
    written, waiting, oldest_at
FROM unnest(
    $1::text[], $2::text[], $3::integer[], $4::bigint[], $5::bigint[], $6::bigint[], $7::timestamptz[]
) AS i (consumer_group, topic, members, processed, written, waiting, oldest_at)
ON CONFLICT DO NOTHING
