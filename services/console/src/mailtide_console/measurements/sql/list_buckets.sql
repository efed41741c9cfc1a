-- Webhooks by span of time and upper bound of seconds. $1: hours, $2: seconds of a span.
-- Index: webhook_minutes_pkey. Reads only.
SELECT
    date_bin(make_interval(secs => $2::integer), minute, 'epoch'::timestamptz) AS at, seconds,
    sum(webhooks)::bigint AS webhooks
FROM webhook_minutes
WHERE minute > now() - make_interval(hours => $1::integer)
GROUP BY 1, 2
ORDER BY 1, 2
