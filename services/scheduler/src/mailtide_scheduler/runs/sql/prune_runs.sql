-- Delete ended runs that began long ago. $1: days for which they are kept, $2: most rows at once.
-- Index: sync_runs_started_idx. Safe to repeat.
DELETE FROM sync_runs
WHERE id IN (
    SELECT id FROM sync_runs
    WHERE status = 'finished' AND started_at < now() - make_interval(days => $1::integer)
    ORDER BY started_at
    LIMIT $2::integer
)
