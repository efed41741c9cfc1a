-- By kind: the number of open incidents, and the oldest of them. $1: kinds that are omitted.
-- Index: incidents_open_idx. Reads only.
SELECT DISTINCT ON (kind)
    kind, subject, reason, to_char(opened AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"') AS opened,
    count(*) OVER (PARTITION BY kind) AS incidents
FROM incidents
WHERE ended_at IS NULL AND kind <> ALL ($1::text[])
ORDER BY kind, opened_at, id
