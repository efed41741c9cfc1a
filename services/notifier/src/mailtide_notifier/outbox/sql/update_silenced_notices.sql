-- Suppress the waiting notices that a silence covers. $1: silenced channels.
-- These are mail, reminders, and the opening and end of an incident if both wait; an incident that is still open is
-- announced later.
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
