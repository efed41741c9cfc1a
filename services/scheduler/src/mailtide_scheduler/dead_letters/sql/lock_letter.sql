-- A dead letter, for sending it again; no row while somebody else does. $1: id.
-- Index: dead_letters_pkey. Safe with several schedulers: its row is locked until the transaction ends.
SELECT id, origin_topic, key, value, headers, redrives
FROM dead_letters
WHERE id = $1::uuid
FOR UPDATE SKIP LOCKED
