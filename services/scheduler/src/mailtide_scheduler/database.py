"""Access to Postgres for the scheduler: connections, transactions and statements."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeAlias

import asyncpg

from mailtide_common.runtime import postgres, postgres_errors
from mailtide_common.runtime.sql import load_sql

from . import limits

Connection: TypeAlias = postgres_errors.Connection

connected = partial(postgres.connected_migrated, acquire_seconds=limits.ACQUIRE_SECONDS)
sql = load_sql


@asynccontextmanager
async def transaction(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    """Provide a connection with an open transaction.

    Raises:
        TransientError: Postgres is unavailable, busy or not migrated.
        ConfigurationError: the login is refused, the user lacks a privilege, or a pooler is not in session mode.
    """
    async with connected(pool) as connection, connection.transaction():
        yield connection


def is_unstorable(error: Exception) -> bool:
    """Return whether the error is due to a value that no column or index can hold."""
    if isinstance(error, asyncpg.InterfaceError):
        return isinstance(error, ValueError)  # the driver's own DataError; its other errors are bugs
    return isinstance(error, asyncpg.DataError | asyncpg.ProgramLimitExceededError)
