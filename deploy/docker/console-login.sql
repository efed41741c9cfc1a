-- The console's login: it reads all tables but email_threads, and of emails and dead_letters some columns only: none
-- with bodies, subjects or people of mail. Safe to repeat.
--
-- Run it as the role that runs `mailtide migrate`, after it; tables of later migrations are readable too. Compose runs
-- it by itself. Elsewhere:
--   CONSOLE_POSTGRES_PASSWORD=… psql -1 -v ON_ERROR_STOP=1 -f deploy/docker/console-login.sql "$DATABASE_URL"
\getenv password CONSOLE_POSTGRES_PASSWORD
\set schema public
\getenv schema MAILTIDE_SCHEMA

SELECT 'CREATE ROLE mailtide_console'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mailtide_console')
\gexec
ALTER ROLE mailtide_console LOGIN PASSWORD :'password' CONNECTION LIMIT 20;
GRANT USAGE ON SCHEMA :"schema" TO mailtide_console;
GRANT SELECT ON ALL TABLES IN SCHEMA :"schema" TO mailtide_console;
REVOKE SELECT ON :"schema".emails, :"schema".email_threads, :"schema".dead_letters FROM mailtide_console;
GRANT SELECT (
    id, account_id, nylas_message_id, received_at, content_observed_at, content_rank, state_observed_at, state_rank
) ON :"schema".emails TO mailtide_console;
GRANT SELECT (id, origin_topic, error_class, parked_at, redriven_at, discarded_at)
ON :"schema".dead_letters TO mailtide_console;
ALTER DEFAULT PRIVILEGES IN SCHEMA :"schema" GRANT SELECT ON TABLES TO mailtide_console;
