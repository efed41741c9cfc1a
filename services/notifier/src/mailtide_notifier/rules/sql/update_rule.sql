-- Replace a rule's settings. $1: id, $2 to $6: settings. Index: notice_rules_pkey. Safe to repeat.
UPDATE notice_rules
SET
    name = $2::text, enabled = $3::boolean, conditions = $4::jsonb, template = $5::text, max_per_hour = $6::integer,
    updated_at = now()
WHERE id = $1::uuid
RETURNING id
