"""Read-only transactions, and SQL statements by name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import TypeAlias

import asyncpg

from mailtide_common.runtime import postgres, postgres_errors
from mailtide_common.runtime.sql import load_sql

from . import limits

Connection: TypeAlias = postgres_errors.Connection

SETTINGS = (
    f"SET LOCAL statement_timeout = '{limits.STATEMENT_SECONDS}s'; SET LOCAL jit = off;"
    " SET LOCAL max_parallel_workers_per_gather = 0"
)
"""JIT is off, because compiling a statement of the view `account_health` takes 30 ms, and running it 5 ms (in
Postgres 15). Starting parallel workers takes longer than reading the rows of a page."""

sql = load_sql


class Plans(StrEnum):
    """How often Postgres plans a statement; values of `plan_cache_mode`."""

    ADAPTIVE = "auto"
    """For each of the first five executions; then Postgres decides by the estimated costs."""
    ONCE = "force_generic_plan"
    """Once per connection, for a statement whose planning takes longer than running it."""
    EACH_TIME = "force_custom_plan"
    """For each execution, for a statement whose best plan depends on the parameters."""


@asynccontextmanager
async def snapshot(pool: asyncpg.Pool, plans: Plans = Plans.ADAPTIVE) -> AsyncIterator[Connection]:
    """Yield a connection in a read-only transaction whose statements all read the same snapshot.

    Raises:
        TransientError: Postgres is unavailable, busy or not migrated, or a statement takes more than
            `STATEMENT_SECONDS`.
        ConfigurationError: the login is refused, the user lacks a privilege, or a pooler is not in session mode.
    """
    async with (
        postgres.connected_migrated(pool, acquire_seconds=limits.ACQUIRE_SECONDS) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.execute(f"{SETTINGS}; SET LOCAL plan_cache_mode = {plans}")
        yield connection
