-- Add webhooks to their minutes, one array per column: $1 minutes, $2 upper bounds of seconds, $3 numbers.
-- Index: webhook_minutes_pkey. Not safe to repeat: it adds.
INSERT INTO webhook_minutes AS m (minute, seconds, webhooks)
SELECT minute, seconds, webhooks
FROM unnest($1::timestamptz[], $2::double precision[], $3::bigint[]) AS i (minute, seconds, webhooks)
ON CONFLICT (minute, seconds) DO UPDATE SET webhooks = m.webhooks + excluded.webhooks
