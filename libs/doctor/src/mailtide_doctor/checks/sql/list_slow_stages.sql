-- Consumer groups whose oldest unprocessed record is older than $1 seconds, and those with records but no member.
-- Reads only.
SELECT consumer_group, topic, members, waiting, coalesce(lag_seconds, 0) AS lag_seconds
FROM pipeline_stages
WHERE lag_seconds > $1::double precision OR (members = 0 AND waiting > 0)
ORDER BY lag_seconds DESC NULLS LAST
