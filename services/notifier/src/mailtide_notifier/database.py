"""Connections and transactions of the pool, and SQL statements by name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import TypeAlias

import asyncpg

from mailtide_common.runtime import postgres, postgres_errors
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.sql import load_sql

from . import limits

Connection: TypeAlias = postgres_errors.Connection


@asynccontextmanager
async def connected(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    """Yield a connection of the pool, for single statements.

    Raises:
        TransientError: Postgres is unavailable or busy, or `mailtide migrate` has not run yet.
    """
    try:
        async with postgres.connected(pool, acquire_seconds=limits.ACQUIRE_SECONDS) as connection:
            yield connection
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as error:
        raise TransientError("postgres: tables or columns are missing: run `mailtide migrate`") from error


@asynccontextmanager
async def transaction(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    """Yield a connection of the pool in a transaction; raises the errors of `connected`."""
    async with connected(pool) as connection, connection.transaction():
        yield connection


@cache
def sql(package: str, name: str) -> str:
    """Return the statement in `sql/<name>.sql` of a package."""
    return load_sql(package, name)
