-- Record that Kafka has a dead letter again in its topic. $1: id, $2: which time it is.
-- Index: dead_letters_pkey. Safe to repeat.
UPDATE dead_letters SET redriven_at = now(), redrives = $2::integer WHERE id = $1::uuid
