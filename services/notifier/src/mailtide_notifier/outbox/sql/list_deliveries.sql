-- Deliveries, newest first. $1: most rows, $2: follow this one, $3: only of this channel, $4: only in this state;
-- the last three may be null. Index: notice_deliveries_created_idx. Reads only.
SELECT
    d.id, d.channel_id, c.name AS channel, d.event, d.label, d.notices, d.state, d.attempts, d.error, d.created_at,
    d.due_at, d.finished_at
FROM notice_deliveries AS d
INNER JOIN notice_channels AS c ON c.id = d.channel_id
WHERE
    ($2::uuid IS NULL OR (d.created_at, d.id) < (SELECT a.created_at,
    a.id FROM notice_deliveries AS a WHERE a.id = $2::uuid))
    AND ($3::uuid IS NULL OR d.channel_id = $3::uuid)
    AND ($4::text IS NULL OR d.state = $4::text)
ORDER BY d.created_at DESC, d.id DESC
LIMIT $1::integer
