-- Dead letters that wait for an operator, by cause, the most frequent first. $1: most rows.
-- Index: dead_letters_waiting_idx. Reads only.
SELECT topic, error_class, waiting, first_at, last_at
FROM dead_letter_causes
ORDER BY waiting DESC, topic, error_class
LIMIT $1::integer
