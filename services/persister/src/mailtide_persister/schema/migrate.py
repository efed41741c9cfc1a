"""Migrates the database to the newest schema."""

from collections.abc import Mapping

from mailtide_common.runtime.errors import ConfigurationError
from mailtide_common.runtime.postgres import connect
from mailtide_common.runtime.postgres_errors import (
    Connection,
    lost_connections,
    named_connect_errors,
    named_errors,
)
from mailtide_persister.limits import MIGRATE_CONNECT_SECONDS, MIGRATE_LOCK_SECONDS

from .first_migration import begin, revision_of
from .migrations import load_migrations

LOCK_KEY = 0x6D61696C74696465
"""Number of the advisory lock under which migrations are applied; "mailtide" in ASCII."""


async def migrate(
    database_url: str,
    schema: str = "public",
    migrations: Mapping[str, str] | None = None,
    *,
    lock_seconds: float = MIGRATE_LOCK_SECONDS,
) -> None:
    """Apply all migrations that the database lacks, each in its own transaction.

    Safe to repeat and to run concurrently: the process that holds the lock applies the next migration. A migration
    that fails is rolled back; those before it stay applied.

    Args:
        database_url: as postgresql://user:password@host:port/database.
        schema: where the tables are; created if it does not exist.
        migrations: SQL by revision, oldest first; None: those of this release.
        lock_seconds: longest wait for each lock, that of another runner or of a table.

    Raises:
        TransientError: Postgres is unavailable, or a lock was not free in time.
        ConfigurationError: the login is refused or lacks a right, the database is newer than this release, or the
            schema is unsuitable (see `first_migration.begin`).
    """
    with named_errors():
        with named_connect_errors():
            connection = await connect(database_url, timeout=MIGRATE_CONNECT_SECONDS)
        try:
            with lost_connections(connection):
                await connection.execute(f"SET lock_timeout = '{round(lock_seconds * 1000)}ms'")
                await connection.execute(f'SET search_path = "{schema}"')
                while await _apply_next(connection, schema, migrations or load_migrations()):
                    pass
        finally:
            await connection.close(timeout=MIGRATE_CONNECT_SECONDS)


async def _apply_next(connection: Connection, schema: str, migrations: Mapping[str, str]) -> bool:
    """Apply the oldest missing migration; return whether there was one.

    Without arguments, asyncpg 0.32 sends a text of several statements as it is. With arguments it prepares the text,
    and a prepared text may hold only one statement.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK_KEY)
        current = await revision_of(connection) or await begin(connection, schema, migrations)
        if current > max(migrations):
            raise ConfigurationError(
                f"the database is at revision {current}, newer than this release's {max(migrations)}: "
                "nothing was changed; use `mailtide` of the release that migrated it, or of a later one"
            )
        missing = [revision for revision in migrations if revision > current]
        if missing:
            await connection.execute(migrations[missing[0]])
            await connection.execute("UPDATE mailtide_revision SET revision = $1", missing[0])
    return bool(missing)
