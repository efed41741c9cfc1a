-- Insert or replace candidates. $1: ids, $2: accounts, $3: Nylas' message ids, $4: receipts in unix seconds, $5:
-- contents, $6: states.
-- Index: notice_messages_pkey. Safe to repeat. A mailbox's records are in one partition, so no other process writes
-- these rows.
INSERT INTO notice_messages (id, account_id, message_id, received_at, content, state)
SELECT m.id, m.account_id, m.message_id, m.received_at, m.content, m.state
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::jsonb[], $6::jsonb[])
    AS m (id, account_id, message_id, received_at, content, state)
ON CONFLICT (id) DO UPDATE
SET received_at = excluded.received_at, content = excluded.content, state = excluded.state
