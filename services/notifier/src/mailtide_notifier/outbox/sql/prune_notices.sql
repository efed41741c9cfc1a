-- Delete old notices, except those about open incidents, by which reminders are counted and the end is sent to the same
-- channels. One that still waits belongs to a channel that was disabled or silenced.
-- $1: days they are kept, $2: most rows at once.
-- Index: notices_created_idx, notice_incidents_pkey. Safe to repeat.
DELETE FROM notices
WHERE id IN (
    SELECT n.id FROM notices AS n
    WHERE
        n.created_at < now() - make_interval(days => $1::integer)
        AND NOT EXISTS (SELECT FROM notice_incidents AS i WHERE i.id = n.about AND i.ended_at IS NULL)
    LIMIT $2::integer
)
