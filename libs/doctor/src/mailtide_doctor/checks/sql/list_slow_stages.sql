-- Consumer groups whose oldest unprocessed record waits for long, and those without a member that have records to process.
-- $1: seconds. Reads only.
SELECT consumer_group, topic, members, waiting, coalesce(lag_seconds, 0) AS lag_seconds
FROM pipeline_stages
WHERE lag_seconds > $1::double precision OR (members = 0 AND waiting > 0)
ORDER BY lag_seconds DESC NULLS LAST
