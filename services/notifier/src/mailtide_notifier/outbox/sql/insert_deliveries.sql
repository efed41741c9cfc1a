-- Insert deliveries, due at once. $1: ids, $2: channels, $3: events, $4: labels, $5: numbers of notices, $6: payloads.
-- Index: notice_deliveries_pkey. Not safe to repeat: the locks of claim_notices prevent that.
INSERT INTO notice_deliveries (id, channel_id, event, label, notices, payload, state)
SELECT d.id, d.channel_id, d.event, d.label, d.notices, d.payload, 'pending'
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::integer[], $6::jsonb[])
    AS d (id, channel_id, event, label, notices, payload)
