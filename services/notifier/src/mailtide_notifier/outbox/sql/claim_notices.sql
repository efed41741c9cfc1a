-- Lock notices that are due, oldest first. $1: channels that may send, $2: most rows.
-- If one notice of a digest is due, the others are returned with it. The end of an incident, and a reminder, wait until
-- the notice of its opening was sent or given up.
-- One process at a time, so that no digest is split: a concurrent call returns no rows.
-- Index: notices_waiting_idx, notices_about_idx. Safe to repeat: the caller assembles them in the same transaction.
WITH alone AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(121424973488997) AS locked
),
due AS MATERIALIZED (
    SELECT DISTINCT channel_id, event, topic
    FROM notices
    WHERE
        channel_id = ANY ($1::uuid[]) AND state = 'waiting' AND digest AND due_at <= now()
)
SELECT n.id, n.channel_id, n.event, n.topic, n.account_id, n.detail, n.digest
FROM notices AS n
CROSS JOIN alone
LEFT JOIN due ON due.channel_id = n.channel_id AND due.event = n.event AND due.topic = n.topic AND n.digest
WHERE
    alone.locked
    AND n.channel_id = ANY ($1::uuid[]) AND n.state = 'waiting'
    AND (n.due_at <= now() OR due.topic IS NOT NULL)
    AND NOT (
        n.event IN ('ended', 'reminder')
        AND EXISTS (
            SELECT FROM notices AS o
            LEFT JOIN notice_deliveries AS d ON d.id = o.delivery_id
            WHERE
                o.about = n.about AND o.channel_id = n.channel_id AND o.event = 'opened'
                AND (o.state = 'waiting' OR d.state = 'pending')
        )
    )
ORDER BY n.created_at, n.id
LIMIT $2::integer
FOR UPDATE OF n SKIP LOCKED
