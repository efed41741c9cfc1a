-- Record contents that cannot be stored, one array per column, each message once, so that they are not fetched again.
-- Index: withheld_messages_pkey. Safe to repeat.
INSERT INTO withheld_messages (id, account_id, nylas_message_id, refused_hash, refused_core_hash)
SELECT id, account_id, nylas_message_id, refused_hash, refused_core_hash
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[]) AS i (
    id, account_id, nylas_message_id, refused_hash, refused_core_hash
)
ON CONFLICT (id) DO UPDATE SET
    refused_hash = excluded.refused_hash,
    refused_core_hash = excluded.refused_core_hash
