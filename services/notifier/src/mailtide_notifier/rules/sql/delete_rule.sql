-- Delete a rule. $1: rule. Index: notice_rules_pkey. Safe to repeat.
DELETE FROM notice_rules WHERE id = $1::uuid RETURNING id
