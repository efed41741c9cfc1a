"""Transactions on the pool, and statements by name."""

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
    """A connection of the pool, for single statements.

    Raises:
        TransientError: Postgres is unavailable or busy, or not migrated yet.
    """
    try:
        async with postgres.connected(pool, acquire_seconds=limits.ACQUIRE_SECONDS) as connection:
            yield connection
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as error:
        raise TransientError("postgres: the tables are not there: run `mailtide migrate`") from error


@asynccontextmanager
async def transaction(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    """A transaction on a connection of the pool; errors as `connected`."""
    async with connected(pool) as connection, connection.transaction():
        yield connection


@cache
def sql(package: str, name: str) -> str:
    """The statement of `sql/<name>.sql` in a package."""
    return load_sql(package, name)
