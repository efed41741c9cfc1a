-- Delete ended incidents that opened more than $1 days ago. $2: most rows at once.
-- Index: notice_incidents_opened_idx. Safe to repeat.
DELETE FROM notice_incidents
WHERE id IN (
    SELECT id FROM notice_incidents
    WHERE
        opened_at < (extract(EPOCH FROM now() - make_interval(days => $1::integer)) * 1000000)::bigint
        AND ended_at IS NOT NULL
    LIMIT $2::integer
)
