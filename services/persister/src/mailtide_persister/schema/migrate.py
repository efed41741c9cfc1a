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
"""Key of the advisory lock that a migration holds: "mailtide" in ASCII."""


async def migrate(
    database_url: str,
    schema: str = "public",
    migrations: Mapping[str, str] | None = None,
    *,
    lock_seconds: float = MIGRATE_LOCK_SECONDS,
) -> None:
    """Apply all migrations that the database lacks, each in its own transaction.

    Safe to repeat, and to run concurrently. If a migration fails, it is rolled back, and earlier ones stay
    applied.

    Args:
        database_url: as postgresql://user:password@host:port/database.
        schema: contains Mailtide's tables; created if it does not exist.
        migrations: SQL by revision, oldest first; None for the migrations of this release.
        lock_seconds: longest wait for each lock, which another migration or a service may hold.

    Raises:
        TransientError: Postgres is unavailable, or a lock was not free in time.
        ConfigurationError: Postgres refuses the login, the user lacks a privilege, the database is newer than
            this release, or the schema is unsuitable (see `first_migration.begin`).
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

    asyncpg 0.32 accepts several statements in one text only if the call has no arguments.
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
