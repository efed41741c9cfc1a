"""Checks that the database has the schema that this release needs."""

import asyncpg

from mailtide_common.runtime.errors import ConfigurationError
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.postgres import connected
from mailtide_common.runtime.retry import until_available
from mailtide_persister.apply import store
from mailtide_persister.limits import ACQUIRE_SECONDS, SCHEMA_WAIT_SECONDS

from .migrations import newest_revision

log = get_logger(__name__)


class NotMigratedError(ConfigurationError):
    """The schema is missing, or older than this release needs. A migration may be in progress."""


async def check_schema(pool: asyncpg.Pool) -> None:
    """Check that the schema is at least as new as this release needs.

    A newer schema is accepted, because each migration keeps the code of the previous release working.

    Raises:
        TransientError: Postgres is unavailable.
        NotMigratedError: the schema is missing or older.
        ConfigurationError: as `postgres.connected`.
    """
    async with connected(pool, acquire_seconds=ACQUIRE_SECONDS) as connection:
        try:
            revision = await store.get_revision(connection)
        except asyncpg.UndefinedTableError:
            revision = None
    newest = newest_revision()
    if revision is None:
        raise NotMigratedError(
            "the database is not migrated: run `mailtide migrate`; if the tables exist, correct MAILTIDE_SCHEMA, or "
            "grant the user of DATABASE_URL USAGE on this schema"
        )
    if revision < newest:
        raise NotMigratedError(
            f"the database is at revision {revision}, but this release needs {newest}: "
            "run `mailtide migrate`; if the tables are in another schema, correct MAILTIDE_SCHEMA"
        )


async def await_schema(pool: asyncpg.Pool) -> None:
    """Wait until Postgres answers and its schema is migrated.

    The wait for Postgres has no limit. The wait for the migration ends after `SCHEMA_WAIT_SECONDS`. After an
    outage of Postgres, this limit begins anew.

    Raises:
        ConfigurationError: the schema was not migrated in time, or as `postgres.connected`.
    """

    async def migrated() -> None:
        await until_available(
            lambda: check_schema(pool),
            event="schema_outdated",
            retried=NotMigratedError,
            seconds=SCHEMA_WAIT_SECONDS,
        )

    await until_available(migrated, event="postgres_unavailable")
