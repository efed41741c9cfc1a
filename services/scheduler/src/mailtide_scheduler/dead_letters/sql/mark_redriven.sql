-- Record that a dead letter was sent to its topic again. $1: id, $2: how often it was sent again, this time included.
-- Index: dead_letters_pkey. Safe to repeat.
UPDATE dead_letters SET redriven_at = now(), redrives = $2::integer WHERE id = $1::uuid
