-- Replace the signing secret of a webhook; the one before signs too for a while. $1: channel, $2: encrypted new secret,
-- $3: seconds for which the previous one signs. Index: notice_channels_pkey. A repetition replaces it again.
UPDATE notice_channels
SET
    previous_secret_ciphertext = secret_ciphertext,
    previous_secret_until = now() + make_interval(secs => $3::integer),
    secret_ciphertext = $2::text,
    updated_at = now()
WHERE id = $1::uuid AND kind = 'webhook'
RETURNING id
