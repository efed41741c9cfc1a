-- The revision of the schema. Reads only.
SELECT revision FROM mailtide_revision
