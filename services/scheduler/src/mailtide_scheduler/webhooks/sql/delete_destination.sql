-- Delete a webhook destination that Nylas no longer has. $1: id.
-- Index: webhook_destinations_pkey. Safe to repeat: nothing is left to delete.
DELETE FROM webhook_destinations WHERE id = $1::text
