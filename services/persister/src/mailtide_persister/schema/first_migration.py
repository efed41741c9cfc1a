"""Prepares a schema for its first migration: checks privileges and names, and creates `mailtide_revision`."""

import re
from collections.abc import Iterable, Mapping, Sequence

from mailtide_common.runtime.errors import ConfigurationError
from mailtide_common.runtime.postgres_errors import Connection

RELATION = re.compile(r"^CREATE (?:UNIQUE )?(?:TABLE|VIEW|INDEX) (\w+)", re.MULTILINE)
FIRST = ["emails", "email_accounts", "email_threads", "email_folders", "email_attachments", "dead_letters"]
"""Tables of the first migration. They show whether a table `alembic_version` belongs to Mailtide or to
another application."""


async def revision_of(connection: Connection) -> str | None:
    """Return the revision in `mailtide_revision`, or None if there is no such table."""
    if await connection.fetchval("SELECT to_regclass('mailtide_revision')") is None:
        return None
    revision: str = await connection.fetchval("SELECT revision FROM mailtide_revision")
    return revision


async def begin(connection: Connection, schema: str, migrations: Mapping[str, str]) -> str:
    """Create the table `mailtide_revision`, and the schema if it does not exist; return the revision.

    Earlier releases kept the revision in `alembic_version`. If that table belongs to Mailtide, its revision
    is copied. Otherwise the revision is an empty text. The old table stays, because services of those
    releases may still run.

    Raises:
        ConfigurationError: the user lacks a privilege, or the schema is unsuitable (see `_check_names`).
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
    """Return whether the schema exists, and check that the user may create it, or create and use tables in it.

    PostgreSQL 15 refuses `CREATE SCHEMA IF NOT EXISTS` to a user without CREATE on the database, even if the
    schema exists.

    Raises:
        ConfigurationError: the user lacks the privilege.
    """
    user, database, exists = await connection.fetchrow(
        "SELECT current_user, current_database(), to_regnamespace(quote_ident($1::text)) IS NOT NULL", schema
    )
    if exists:
        allowed = await connection.fetchval(
            "SELECT has_schema_privilege($1::text, 'CREATE') AND has_schema_privilege($1::text, 'USAGE')",
            schema,
        )
    else:
        allowed = await connection.fetchval("SELECT has_database_privilege($1::text, 'CREATE')", database)
    if not allowed:
        lack, privileges, kind, name = (
            (f"lacks CREATE or USAGE on schema {schema}", "CREATE, USAGE", "SCHEMA", schema)
            if exists
            else (f"may not create schema {schema}, which does not exist", "CREATE", "DATABASE", database)
        )
        raise ConfigurationError(
            f"the user {user} {lack}: "
            f'run `GRANT {privileges} ON {kind} "{name}" TO "{user}"` as owner of the {kind.lower()}; '
            "nothing was changed"
        )
    return bool(exists)


async def _adopted(connection: Connection, schema: str, migrations: Mapping[str, str]) -> str:
    """Return the revision in `alembic_version`, or an empty text.

    The text is empty if the table does not belong to Mailtide, or if this release does not have the revision.
    """
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
    """Check that Mailtide's names are free in the schema, and would hide no table in `public`.

    Postgres' default search_path is `"$user", public`. So a login searches a schema of its own name before
    `public`. An application that logs in as `app` would find Mailtide's `emails` in the schema `app`, instead
    of its own table in `public` (seen on PostgreSQL 15).

    Raises:
        ConfigurationError: a name is taken, or a table in `public` would be hidden.
    """
    needed = sorted({name for script in scripts for name in RELATION.findall(script)} | {"mailtide_revision"})
    taken = await _relations(connection, schema, needed)
    if taken:
        raise ConfigurationError(
            f"schema {schema} already has {taken}, but no revision of Mailtide: set MAILTIDE_SCHEMA to another "
            f"schema, such as {await _free_name(connection)}, for every service and command; if they are "
            "Mailtide's, restore the table mailtide_revision from a backup; nothing was changed"
        )
    is_login = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1::text AND rolcanlogin)", schema
    )
    hidden = await _relations(connection, "public", needed) if is_login and schema != "public" else None
    if hidden:
        raise ConfigurationError(
            f"schema {schema} has the name of a login: that login would find Mailtide's tables instead of {hidden} "
            "in schema public; set MAILTIDE_SCHEMA to a name that no login has, such as "
            f"{await _free_name(connection)}, for every service and command; nothing was changed"
        )


async def _relations(connection: Connection, schema: str, names: Sequence[str]) -> str | None:
    """Return which of `names` are relations of a schema, separated by commas, or None if none is."""
    found: str | None = await connection.fetchval(
        "SELECT string_agg(relname, ', ' ORDER BY relname) FROM pg_class"
        " WHERE relnamespace = to_regnamespace(quote_ident($1::text)) AND relname = ANY ($2::text[])",
        schema,
        names,
    )
    return found


async def _free_name(connection: Connection) -> str:
    """Return a name that neither a schema nor a login has, or a description of such a name."""
    name: str = await connection.fetchval(
        "SELECT n FROM unnest(ARRAY['mailtide', 'mailtide_mail', 'mailtide_tables']) AS n"
        " WHERE to_regnamespace(n) IS NULL AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = n) LIMIT 1"
    )
    return name or "one that neither a schema nor a login has"
