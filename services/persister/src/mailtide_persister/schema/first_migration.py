"""Prepares a schema for its first migration by this release: checks rights and names, creates the revision's table."""

import re
from collections.abc import Iterable, Mapping, Sequence

from mailtide_common.runtime.errors import ConfigurationError
from mailtide_common.runtime.postgres_errors import Connection

RELATION = re.compile(r"^CREATE (?:UNIQUE )?(?:TABLE|VIEW|INDEX) (\w+)", re.MULTILINE)
FIRST = ["emails", "email_accounts", "email_threads", "email_folders", "email_attachments", "dead_letters"]
"""Tables of the first migration, which distinguish Mailtide's own `alembic_version` from an application's."""


async def revision_of(connection: Connection) -> str | None:
    """Return the revision in `mailtide_revision`, empty before the first migration; None if there is no such table."""
    if await connection.fetchval("SELECT to_regclass('mailtide_revision')") is None:
        return None
    revision: str = await connection.fetchval("SELECT revision FROM mailtide_revision")
    return revision


async def begin(connection: Connection, schema: str, migrations: Mapping[str, str]) -> str:
    """Create the table of the revision, and the schema if there is none; return the revision, empty for a new database.

    Earlier releases kept the revision in `alembic_version`. If that table is Mailtide's and its revision is one of
    `migrations`, the revision is copied; the table is left unchanged, for services of those releases that still run.

    Raises:
        ConfigurationError: the user lacks a right; the schema has relations of the names that Mailtide needs; or it is
            named as a login, from which Mailtide's tables would hide such relations of `public`.
    """
    if not await _exists_writable(connection, schema):
        await connection.execute(f'CREATE SCHEMA "{schema}"')
    revision = await _adopted(connection, schema, migrations)
    if not revision:
        await _check_names(connection, schema, migrations.values())
    await connection.execute("CREATE TABLE mailtide_revision (revision text PRIMARY KEY)")
    await connection.execute("INSERT INTO mailtide_revision VALUES ($1)", revision)
    return revision


async def _exists_writable(connection: Connection, schema: str) -> bool:
    """Return whether the schema exists; raise `ConfigurationError` if the user may not create what is missing.

    `CREATE SCHEMA IF NOT EXISTS` is no substitute: PostgreSQL 15 refuses it to a user without CREATE on the database
    also where the schema exists.
    """
    user, database, exists = await connection.fetchrow(
        "SELECT current_user, current_database(), to_regnamespace(quote_ident($1::text)) IS NOT NULL", schema
    )
    if exists:
        allowed = await connection.fetchval("SELECT has_schema_privilege($1::text, 'CREATE')", schema)
    else:
        allowed = await connection.fetchval("SELECT has_database_privilege($1::text, 'CREATE')", database)
    if not allowed:
        what = f'SCHEMA "{schema}"' if exists else f'DATABASE "{database}"'
        raise ConfigurationError(
            f"the user {user} may not create tables in schema {schema}: "
            f'run `GRANT CREATE ON {what} TO "{user}"` as its owner; nothing was changed'
        )
    return bool(exists)


async def _adopted(connection: Connection, schema: str, migrations: Mapping[str, str]) -> str:
    """Return the revision in `alembic_version`, if that table is Mailtide's; else an empty text."""
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return ""
    ours = await connection.fetchval(
        "SELECT count(*) FROM pg_tables WHERE schemaname = $1::text AND tablename = ANY ($2::text[])",
        schema,
        FIRST,
    )
    revision = await connection.fetchval("SELECT max(version_num) FROM alembic_version")
    return revision if ours == len(FIRST) and revision in migrations else ""


async def _check_names(connection: Connection, schema: str, scripts: Iterable[str]) -> None:
    """Raise `ConfigurationError` if the schema has relations of Mailtide's names, or would hide such ones of `public`.

    Postgres' default search_path is `"$user", public`: a schema named as a login precedes `public` for that login. An
    application that connects as `app` would find Mailtide's `emails` in a schema `app` instead of its own in `public`
    (seen on PostgreSQL 15).
    """
    needed = sorted({name for script in scripts for name in RELATION.findall(script)} | {"mailtide_revision"})
    taken = await _relations(connection, schema, needed)
    if taken:
        raise ConfigurationError(
            f"schema {schema} already has {taken}, not made by Mailtide: set MAILTIDE_SCHEMA to another schema, "
            f"such as {await _free_name(connection)}, for every service and command; nothing was changed"
        )
    is_login = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1::text AND rolcanlogin)", schema
    )
    hidden = await _relations(connection, "public", needed) if is_login and schema != "public" else None
    if hidden:
        raise ConfigurationError(
            f"schema {schema} is named as a login, which would find Mailtide's tables there instead of {hidden} in "
            f"schema public: set MAILTIDE_SCHEMA to a name that no login has, such as {await _free_name(connection)}, "
            "for every service and command; nothing was changed"
        )


async def _relations(connection: Connection, schema: str, names: Sequence[str]) -> str | None:
    """Return which of these names are relations of a schema; None if it has none of them."""
    found: str | None = await connection.fetchval(
        "SELECT string_agg(relname, ', ' ORDER BY relname) FROM pg_class"
        " WHERE relnamespace = to_regnamespace(quote_ident($1::text)) AND relname = ANY ($2::text[])",
        schema,
        names,
    )
    return found


async def _free_name(connection: Connection) -> str:
    """Return a name for the schema that neither a schema nor a login has."""
    name: str = await connection.fetchval(
        "SELECT n FROM unnest(ARRAY['mailtide', 'mailtide_mail', 'mailtide_tables']) AS n"
        " WHERE to_regnamespace(n) IS NULL AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = n) LIMIT 1"
    )
    return name or "one that neither a schema nor a login has"
