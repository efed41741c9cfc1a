-- Delete old deliveries; one that is still pending belongs to a channel that was disabled or silenced, or was retried.
-- $1: days they are kept, $2: most rows at once.
-- Index: notice_deliveries_created_idx. Safe to repeat.
DELETE FROM notice_deliveries
WHERE id IN (
    SELECT d.id FROM notice_deliveries AS d
    WHERE d.created_at < now() - make_interval(days => $1::integer)
    LIMIT $2::integer
)
