-- Suppress the notices of an incident's opening whose digest is not due yet. $1: incident, which has ended.
-- Waits for a digest that is being assembled; a notice that is in it is not suppressed.
-- Index: notices_about_idx. Safe to repeat.
UPDATE notices
SET state = 'suppressed', detail = '{}'
WHERE about = $1::uuid AND event = 'opened' AND state = 'waiting' AND digest AND due_at > now()
