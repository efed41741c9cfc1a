-- The consumer groups as last measured within 15 minutes. Reads only.
SELECT
    consumer_group AS "group", topic, measured_at, members, waiting, oldest_at, lag_seconds, processed_per_second,
    written_per_second
FROM pipeline_stages
