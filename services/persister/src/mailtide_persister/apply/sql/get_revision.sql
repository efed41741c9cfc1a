-- The schema's revision. Index: none, the table has one row. Reads only.
SELECT revision FROM mailtide_revision
