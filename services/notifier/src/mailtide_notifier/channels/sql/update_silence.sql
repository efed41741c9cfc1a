-- Silence a channel until a time, or end its silence. $1: channel, $2: time, or null.
-- Index: notice_channels_pkey. Safe to repeat.
UPDATE notice_channels SET silenced_until = $2::timestamptz, updated_at = now() WHERE id = $1::uuid RETURNING id
