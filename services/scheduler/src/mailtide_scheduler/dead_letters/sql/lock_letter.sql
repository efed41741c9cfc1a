-- A dead letter to send again; no row while another process has locked it. $1: id.
-- Index: dead_letters_pkey. Safe with several schedulers: its row is locked until the transaction ends.
SELECT id, origin_topic, key, value, headers, redrives
FROM dead_letters
WHERE id = $1::uuid
FOR UPDATE SKIP LOCKED
