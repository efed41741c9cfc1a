-- Insert notices. $1: ids, $2: channels, $3: events, $4: topics, $5: what they are about, $6: accounts, $7: details,
-- $8: whether they are sent as a digest, $9: seconds until they are due. Returns the events of the inserted ones.
-- A channel that was deleted meanwhile gets none. Index: notices_pkey. Safe to repeat: an id is inserted once.
INSERT INTO notices (id, channel_id, event, topic, about, account_id, detail, digest, state, due_at)
SELECT
    n.id, n.channel_id, n.event, n.topic, n.about, n.account_id, n.detail, n.digest, 'waiting',
    now() + make_interval(secs => n.delay)
FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::jsonb[], $8::boolean[],
    $9::double precision[]
) AS n (id, channel_id, event, topic, about, account_id, detail, digest, delay)
WHERE EXISTS (SELECT FROM notice_channels AS c WHERE c.id = n.channel_id FOR KEY SHARE)
ON CONFLICT (id) DO NOTHING
RETURNING event
