-- Delete a channel with its notices and deliveries, and remove it from all rules (by foreign keys). $1: channel.
-- Index: notice_channels_pkey. Safe to repeat.
DELETE FROM notice_channels WHERE id = $1::uuid RETURNING id
