"""Connections and transactions of the pool, and statements by name."""

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
    """Provide a connection with an open transaction, which is rolled back if the block raises.

    Raises:
        TransientError: Postgres is unavailable or busy, or not migrated.
        ConfigurationError: the login is permanently refused, the user lacks a privilege, or a pooler is not in
            session mode.
    """
    async with connected(pool) as connection, connection.transaction():
        yield connection
