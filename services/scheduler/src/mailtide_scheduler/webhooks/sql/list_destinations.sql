-- The stored webhook destinations, oldest first. Reads only.
SELECT id, url, description, trigger_types, status, secret_ciphertext, created_at, updated_at
FROM webhook_destinations
ORDER BY created_at, id
