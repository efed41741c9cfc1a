-- Replace a rule's channels by those that exist, and return how many exist. A concurrent deletion of a channel waits.
-- $1: rule, $2: channels.
-- Index: notice_rule_channels_pkey. Safe to repeat.
WITH wanted AS (
    SELECT c.id FROM notice_channels AS c WHERE c.id = ANY ($2::uuid[]) FOR KEY SHARE
),
dropped AS (
    DELETE FROM notice_rule_channels AS r
    WHERE r.rule_id = $1::uuid AND NOT EXISTS (SELECT FROM wanted WHERE wanted.id = r.channel_id)
),
added AS (
    INSERT INTO notice_rule_channels (rule_id, channel_id)
    SELECT $1::uuid, wanted.id FROM wanted
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM wanted
