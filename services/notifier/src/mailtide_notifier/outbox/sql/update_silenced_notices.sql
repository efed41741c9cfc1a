-- Suppress what a silence covers. $1: silenced channels.
-- Mail and reminders are dropped; an incident that opened and ended meanwhile, too. One that lasts is told afterwards.
-- Index: notices_waiting_idx, notices_about_idx. Safe to repeat.
UPDATE notices AS n
SET state = 'suppressed', detail = '{}'
WHERE
    n.channel_id = ANY ($1::uuid[]) AND n.state = 'waiting'
    AND (
        n.event IN ('mail', 'reminder')
        OR EXISTS (
            SELECT FROM notices AS o
            WHERE
                o.about = n.about AND o.channel_id = n.channel_id AND o.state = 'waiting'
                AND (o.event, n.event) IN (('opened', 'ended'), ('ended', 'opened'))
        )
    )
