-- Dead letters that an operator has discarded, and the causes of those that wait for a decision.
--
-- Only the scheduler writes the new columns. The previous release does not read them: it counts a discarded letter as
-- one that waits.

ALTER TABLE dead_letters ADD COLUMN discarded_at timestamptz, ADD COLUMN discard_note text;
COMMENT ON COLUMN dead_letters.discarded_at IS 'When an operator decided that it is not needed.';
COMMENT ON COLUMN dead_letters.discard_note IS 'Why, in the operator''s words; without mail content.';

CREATE INDEX dead_letters_waiting_idx ON dead_letters (origin_topic, error_class, parked_at)
    WHERE redriven_at IS NULL AND discarded_at IS NULL;

CREATE VIEW dead_letter_causes AS
SELECT
    origin_topic AS topic,
    error_class,
    count(*) AS waiting,
    min(parked_at) AS first_at,
    max(parked_at) AS last_at
FROM dead_letters
WHERE redriven_at IS NULL AND discarded_at IS NULL
GROUP BY origin_topic, error_class;
COMMENT ON VIEW dead_letter_causes IS 'Dead letters that were neither sent again nor discarded, by topic and error class.';
