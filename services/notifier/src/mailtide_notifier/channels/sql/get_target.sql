-- A channel's kind, and its URL and secrets, encrypted. $1: channel. Index: notice_channels_pkey. Reads only.
SELECT
    kind, url_ciphertext, secret_ciphertext,
    CASE WHEN previous_secret_until > now() THEN previous_secret_ciphertext END AS previous_secret_ciphertext
FROM notice_channels
WHERE id = $1::uuid
