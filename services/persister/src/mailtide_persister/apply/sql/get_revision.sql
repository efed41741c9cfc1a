-- The schema's revision. Index: none, the table has one row. Reads only.
SELECT version_num FROM alembic_version
