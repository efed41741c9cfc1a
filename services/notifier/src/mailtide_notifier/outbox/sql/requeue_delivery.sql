-- Make a dead delivery due again, counting attempts anew, unless its text was purged. $1: delivery.
-- Index: notice_deliveries_pkey. Safe to repeat.
UPDATE notice_deliveries
SET state = 'pending', attempts = 0, due_at = now(), finished_at = NULL
WHERE id = $1::uuid AND state = 'dead' AND payload <> '{}'
RETURNING id
