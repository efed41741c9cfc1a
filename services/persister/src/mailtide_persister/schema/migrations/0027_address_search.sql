-- An index for the console's search by a part of an address (decision 0026).
--
-- It needs the extension pg_trgm, which PostgreSQL lets a login install that may create schemas in the database. Where it
-- may not, or the server lacks the extension, there is no index: the search returns the same, and reads all accounts. An
-- extension belongs to one schema, which need not be Mailtide's.

DO $$
DECLARE
    home text;
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    SELECT n.nspname INTO STRICT home
    FROM pg_extension AS e INNER JOIN pg_namespace AS n ON n.oid = e.extnamespace
    WHERE e.extname = 'pg_trgm';
    EXECUTE format(
        'CREATE INDEX email_accounts_search_idx ON email_accounts USING gin (lower(email_address) %I.gin_trgm_ops)', home
    );
EXCEPTION
    WHEN lock_not_available THEN
        RAISE;
    WHEN OTHERS THEN
        RAISE WARNING 'accounts are searched without an index, because pg_trgm cannot be used: %', sqlerrm;
END
$$;
