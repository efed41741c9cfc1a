-- Rules ordered by name, with their channels. $1: only this one, or null. Index: none, there are few. Reads only.
SELECT
    r.id, r.name, r.enabled, r.conditions, r.template, r.max_per_hour, r.created_at, r.updated_at,
    ARRAY(SELECT c.channel_id FROM notice_rule_channels AS c WHERE c.rule_id = r.id ORDER BY c.channel_id) AS channels
FROM notice_rules AS r
WHERE $1::uuid IS NULL OR r.id = $1::uuid
ORDER BY r.name
