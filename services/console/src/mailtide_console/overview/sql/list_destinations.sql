-- The stored webhook destinations, the most recently updated first. Reads only.
SELECT id, url, status, trigger_types, secret_ciphertext IS NOT NULL AS has_secret, updated_at
FROM webhook_destinations
ORDER BY updated_at DESC
LIMIT 5
