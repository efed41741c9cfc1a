-- Both ends of a thread are found by an index, so that one more message costs the same in a thread of any length.
--
-- The index also serves whatever looked messages up by their thread. It is built under a lock that lets applications
-- read and makes the persister wait; what was written meanwhile waits in Kafka.
--
-- Where messages of one moment name a participant differently, the message with the greater id decides now: the order
-- of the index. Only threads with such messages are folded again.
--
-- Old persisters name no index, and fold whole threads as before.

CREATE INDEX emails_thread_time_idx ON emails (thread_id, deleted_at, received_at, id);
DROP INDEX emails_thread_idx;

WITH tied AS (
    SELECT DISTINCT thread_id
    FROM emails
    WHERE thread_id IS NOT NULL AND deleted_at IS NULL
    GROUP BY thread_id, received_at
    HAVING count(*) > 1
),
mentions AS (
    SELECT DISTINCT ON (e.thread_id, mailbox) e.thread_id, mailbox, person
    FROM tied
    INNER JOIN emails AS e ON e.thread_id = tied.thread_id AND e.deleted_at IS NULL
    CROSS JOIN LATERAL jsonb_array_elements(e.from_address || e.to_addresses || e.cc_addresses) AS p (person)
    CROSS JOIN LATERAL (
        SELECT coalesce(lower((person ->> 'email') COLLATE "C"), (person ->> 'name') COLLATE "C", '')
    ) AS k (mailbox)
    ORDER BY e.thread_id, mailbox, (person ->> 'name') IS NULL, e.received_at DESC, e.id DESC, person
),
folded AS (
    SELECT thread_id, jsonb_agg(person ORDER BY mailbox) AS participants
    FROM mentions
    GROUP BY thread_id
)
UPDATE email_threads AS t
SET participants = folded.participants
FROM folded
WHERE t.id = folded.thread_id AND t.participants <> folded.participants;
