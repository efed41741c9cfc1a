-- The schema that this session uses, whether Mailtide's tables are in it, and the other schemas that have them.
-- Reads only.
SELECT
    coalesce(current_schema(), btrim(current_setting('search_path'), '"')) AS schema,
    to_regclass('mailtide_revision') IS NOT NULL AS present,
    ARRAY(
        SELECT n.nspname::text FROM pg_class AS c
        INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relname = 'mailtide_revision' AND c.relkind = 'r' AND n.nspname <> ALL (current_schemas(false))
        ORDER BY n.nspname
    ) AS others
