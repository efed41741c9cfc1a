-- Store a webhook destination as Nylas returned it. If the secret is null, the stored one stays.
-- $1: id, $2: url, $3: description, $4: triggers, $5: status, $6: secret, encrypted.
-- Index: webhook_destinations_pkey. Safe to repeat.
INSERT INTO webhook_destinations AS d (
    id, url, description, trigger_types, status, secret_ciphertext, created_at, updated_at
)
VALUES ($1::text, $2::text, $3::text, $4::text[], $5::text, $6::text, now(), now())
ON CONFLICT (id) DO UPDATE SET
    url = excluded.url,
    description = excluded.description,
    trigger_types = excluded.trigger_types,
    status = excluded.status,
    secret_ciphertext = coalesce(excluded.secret_ciphertext, d.secret_ciphertext),
    updated_at = excluded.updated_at
