-- Causes for which records are parked and wait for a decision, with their number.
-- Index: dead_letters_waiting_idx. Reads only.
SELECT topic || '/' || error_class AS subject, waiting AS parked
FROM dead_letter_causes
