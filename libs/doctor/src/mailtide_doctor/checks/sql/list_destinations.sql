-- Stored webhook destinations. Reads only.
SELECT id, url, secret_ciphertext IS NOT NULL AS has_secret FROM webhook_destinations
