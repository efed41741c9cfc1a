-- Record the end of incidents that their process has not reported for a while. $1: kind, $2: when they end (microseconds
-- since 1970), $3: seconds. Returns their subjects. Index: incidents_open_idx. Safe to repeat.
UPDATE incidents
SET ended_at = $2::bigint
WHERE
    kind = $1::text AND ended_at IS NULL
    AND coalesce(reported_at, opened) < now() - make_interval(secs => $3::double precision)
RETURNING subject
