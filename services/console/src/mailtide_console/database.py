"""Read-only transactions, and SQL statements by name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg

from mailtide_common.runtime import postgres, postgres_errors
from mailtide_common.runtime.sql import load_sql

from . import limits

Connection: TypeAlias = postgres_errors.Connection

SETTINGS = f"SET LOCAL statement_timeout = '{limits.STATEMENT_SECONDS}s'; SET LOCAL jit = off"
"""Compiling a statement of the view `account_health` takes longer than running it (Postgres 15: 30 ms, then 5)."""

sql = load_sql


@asynccontextmanager
async def snapshot(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    """Yield a connection in a read-only transaction whose statements all read the same snapshot.

    Raises:
        TransientError: Postgres is unavailable, busy or not migrated.
        ConfigurationError: the login is refused, or the user lacks a privilege.
    """
    async with (
        postgres.connected_migrated(pool, acquire_seconds=limits.ACQUIRE_SECONDS) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.execute(SETTINGS)
        yield connection
