-- Disable a channel. $1: channel, $2: reason. Index: notice_channels_pkey. Safe to repeat.
UPDATE notice_channels
SET enabled = false, disabled_reason = $2::text, updated_at = now()
WHERE id = $1::uuid
