-- The largest lag of consumer groups by span of time, and the records that they processed in it. $1: hours, $2: seconds
-- of a span, $3: groups. Index: pipeline_minutes_pkey. Reads only.
SELECT
    date_bin(make_interval(secs => $2::integer), minute, 'epoch'::timestamptz) AS at, consumer_group,
    max(waiting) AS waiting,
    coalesce(max(extract(epoch FROM measured_at - oldest_at)), 0)::double precision AS lag_seconds,
    sum(greatest(step, 0))::bigint AS processed
FROM (
    SELECT
        minute, consumer_group, waiting, measured_at, oldest_at,
        coalesce(processed - lag(processed) OVER (PARTITION BY consumer_group ORDER BY minute), 0) AS step
    FROM pipeline_minutes
    WHERE minute > now() - make_interval(hours => $1::integer) AND consumer_group = ANY ($3::text[])
) AS minutes
GROUP BY 1, 2
ORDER BY 1, 2
