-- Insert a channel, unless one has its name. $1: id, $2: kind, $3: encrypted URL, $4: masked URL, $5: encrypted
-- signing secret or null, $6 to $14: settings.
-- Index: notice_channels_name_key. Safe to repeat: the name is taken then.
INSERT INTO notice_channels (
    id, kind, url_ciphertext, url_masked, secret_ciphertext, name, enabled, alerts, allow_content, quiet_from,
    quiet_until, quiet_time_zone, digest_seconds, reminder_seconds
)
VALUES (
    $1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, $7::boolean, $8::text[], $9::boolean, $10::time,
    $11::time, $12::text, $13::integer, $14::integer
)
ON CONFLICT (name) DO NOTHING
RETURNING id
