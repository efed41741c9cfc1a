-- Insert a rule, unless one has its name. $1: id, $2 to $6: settings.
-- Index: notice_rules_name_key. Safe to repeat: the name is taken then.
INSERT INTO notice_rules (id, name, enabled, conditions, template, max_per_hour)
VALUES ($1::uuid, $2::text, $3::boolean, $4::jsonb, $5::text, $6::integer)
ON CONFLICT (name) DO NOTHING
RETURNING id
