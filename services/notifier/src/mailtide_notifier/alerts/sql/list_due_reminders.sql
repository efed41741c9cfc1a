-- Open incidents and the channels whose last notice of them is older than the channel's pause between reminders, except
-- channels that are disabled or silenced, or have a notice of the incident that still waits.
-- $1: most rows. Index: notice_incidents_open_idx, notices_about_idx. Reads only.
SELECT
    i.id, i.kind, i.subject, i.reason, i.opened_at, i.ended_at, c.id AS channel_id,
    count(n.id)::integer AS number
FROM notice_incidents AS i
INNER JOIN notices AS n ON n.about = i.id AND n.event IN ('opened', 'reminder')
INNER JOIN notice_channels AS c
    ON c.id = n.channel_id AND c.enabled AND c.reminder_seconds IS NOT NULL
    AND (c.silenced_until IS NULL OR c.silenced_until <= now())
WHERE i.ended_at IS NULL
GROUP BY i.id, c.id
HAVING
    max(n.created_at) < now() - make_interval(secs => c.reminder_seconds)
    AND count(*) FILTER (WHERE n.state = 'waiting') = 0
LIMIT $1::integer
