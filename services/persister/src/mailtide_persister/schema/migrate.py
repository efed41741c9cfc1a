"""Brings the database to the newest schema. Two at once are safe: the second waits, and finds nothing to do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, NullPool
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from mailtide_common.runtime.postgres_errors import lost_connections, named_errors, refused_logins
from mailtide_persister.limits import MIGRATE_CONNECT_SECONDS, MIGRATE_LOCK_SECONDS

LOCK_KEY = 0x6D61696C74696465
"""The advisory lock that one migration holds; "mailtide" in ASCII."""


async def migrate(database_url: str) -> None:
    """Apply every step that the database has not yet.

    Args:
        database_url: as postgresql://user:password@host:port/database.

    Raises:
        TransientError: Postgres is unavailable, or another migration runs for too long.
        ConfigurationError: the URL or its user is refused.
    """
    dsn = plain_url(database_url)
    with named_errors():
        async with _locked(dsn):
            await _upgrade(dsn)


def plain_url(database_url: str) -> str:
    """The URL as asyncpg reads it: without SQLAlchemy's mark of a driver."""
    scheme, separator, rest = database_url.partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"


@asynccontextmanager
async def _locked(dsn: str) -> AsyncIterator[None]:
    """Hold the lock on a connection of its own: a step may end its transaction, the lock must outlast it."""
    connection = await _connect(dsn)
    try:
        with lost_connections(connection):
            await connection.execute(f"SET lock_timeout = '{MIGRATE_LOCK_SECONDS}s'")
            await connection.execute("SELECT pg_advisory_lock($1)", LOCK_KEY)
            yield
    finally:
        await connection.close(timeout=MIGRATE_CONNECT_SECONDS)


async def _connect(dsn: str) -> Any:
    with refused_logins():
        return await asyncpg.connect(dsn, timeout=MIGRATE_CONNECT_SECONDS)


async def _upgrade(dsn: str) -> None:
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: _connect(dsn), poolclass=NullPool
    )
    try:
        with as_file(files(__package__) / "migrations") as scripts:
            async with engine.connect() as connection:
                raw = (await connection.get_raw_connection()).driver_connection
                with lost_connections(raw):
                    await connection.run_sync(_run_alembic, scripts)
                    await connection.commit()
    except DBAPIError as error:
        raise _cause(error) from error
    finally:
        await engine.dispose()


def _run_alembic(connection: Connection, scripts: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _cause(error: DBAPIError) -> BaseException:
    """Asyncpg's own error inside SQLAlchemy's, so that it is named like everywhere else."""
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    return cause
