"""Connections and transactions of the pool, and statements by name."""

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


def is_unstorable(error: Exception) -> bool:
    """Return whether the input causes the error: a number or an id that no column or index can hold."""
    if isinstance(error, asyncpg.InterfaceError):
        return isinstance(error, ValueError)  # the driver's own DataError; its other errors are bugs
    return isinstance(error, asyncpg.DataError | asyncpg.ProgramLimitExceededError)


@asynccontextmanager
async def connected(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    """Provide a connection of the pool for single statements.

    Raises:
        TransientError: Postgres is unavailable or busy, or not migrated yet.
    """
    try:
        async with postgres.connected(pool, acquire_seconds=limits.ACQUIRE_SECONDS) as connection:
            yield connection
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as error:
        raise TransientError("postgres: the tables do not exist: run `mailtide migrate`") from error


@asynccontextmanager
async def transaction(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    """Provide a connection of the pool with an open transaction.

    Raises:
        TransientError: Postgres is unavailable or busy, or not migrated yet.
    """
    async with connected(pool) as connection, connection.transaction():
        yield connection


@cache
def sql(package: str, name: str) -> str:
    """Return the statement in `sql/<name>.sql` of a package: `sql(__package__, "list_accounts")`."""
    return load_sql(package, name)
