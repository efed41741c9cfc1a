-- Replace a channel's settings. $1: id, $2: encrypted URL, $3: masked URL (both null: unchanged), $4 to $12:
-- settings. Index: notice_channels_pkey. Safe to repeat.
UPDATE notice_channels
SET
    url_ciphertext = coalesce($2::text, url_ciphertext),
    url_masked = coalesce($3::text, url_masked),
    name = $4::text,
    enabled = $5::boolean,
    disabled_reason = CASE WHEN $5::boolean THEN NULL ELSE disabled_reason END,
    alerts = $6::text[],
    allow_content = $7::boolean,
    quiet_from = $8::time,
    quiet_until = $9::time,
    quiet_time_zone = $10::text,
    digest_seconds = $11::integer,
    reminder_seconds = $12::integer,
    updated_at = now()
WHERE id = $1::uuid
RETURNING id
