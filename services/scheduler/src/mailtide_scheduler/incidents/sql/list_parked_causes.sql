-- Causes for which records are parked and not sent again, with their number.
-- Index: dead_letters_class_idx. Reads only.
SELECT origin_topic || '/' || error_class AS subject, count(*) AS parked
FROM dead_letters
WHERE redriven_at IS NULL
GROUP BY origin_topic, error_class
