-- Delete incidents that have ended and were opened long ago. $1: days for which they are kept, $2: most rows at once.
-- Index: incidents_opened_idx. Safe to repeat.
DELETE FROM incidents
WHERE id IN (
    SELECT id FROM incidents
    WHERE
        opened_at < (extract(EPOCH FROM now() - make_interval(days => $1::integer)) * 1000000)::bigint
        AND ended_at IS NOT NULL AND alerted_at IS NOT NULL AND end_alerted_at IS NOT NULL
    LIMIT $2::integer
)
