-- The measurements of consumer groups of the last $1 seconds, newest first. Without those of groups that have members
-- while an incident `consumer-halted` is about them.
-- Index: pipeline_minutes_pkey. Reads only.
SELECT
    m.consumer_group AS "group", m.topic, m.measured_at, m.members, m.waiting, m.oldest_at,
    extract(EPOCH FROM m.measured_at - m.oldest_at)::double precision AS lag_seconds,
    NULL AS processed_per_second, NULL AS written_per_second
FROM pipeline_minutes AS m
WHERE
    m.minute > now() - make_interval(secs => $1::double precision)
    AND NOT (
        m.members > 0
        AND EXISTS (
            SELECT FROM incidents AS i
            WHERE i.kind = 'consumer-halted' AND i.subject = m.consumer_group AND i.ended_at IS NULL
        )
    )
ORDER BY m.minute DESC
