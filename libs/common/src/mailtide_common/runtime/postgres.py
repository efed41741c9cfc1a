"""The connection pool, with every wait bounded, and Postgres' errors named by what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import orjson

from .errors import TransientError

CONNECT_TIMEOUT_SECONDS = 5
COMMAND_TIMEOUT_SECONDS = 15
"""A frozen backend would otherwise hang a task for ever."""

TRANSIENT: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.exceptions.InsufficientResourcesError,
    asyncpg.exceptions.TransactionRollbackError,
    asyncpg.exceptions.ReadOnlySQLTransactionError,
    asyncpg.exceptions.LockNotAvailableError,
    asyncpg.exceptions.QueryCanceledError,
    asyncpg.exceptions.CannotConnectNowError,
    asyncpg.exceptions.InternalServerError,
    asyncpg.exceptions.PostgresSystemError,
)
"""Nothing is wrong with the statement: Postgres is away, busy, full, restarting or read-only."""


async def create_pool(database_url: str, *, max_size: int, application_name: str) -> asyncpg.Pool:
    """Open a pool. It connects lazily, so Postgres may come up later than the service."""
    return await asyncpg.create_pool(
        database_url,
        min_size=0,
        max_size=max_size,
        timeout=CONNECT_TIMEOUT_SECONDS,
        command_timeout=COMMAND_TIMEOUT_SECONDS,
        max_inactive_connection_lifetime=60,
        init=_init_connection,
        server_settings={
            "application_name": application_name,
            "statement_timeout": "30s",
            "lock_timeout": "10s",
        },
    )


async def _init_connection(connection: Any) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind,
            schema="pg_catalog",
            encoder=lambda value: orjson.dumps(value).decode(),
            decoder=orjson.loads,
        )


@contextmanager
def transient_errors() -> Iterator[None]:
    """Turn Postgres being away or busy into `TransientError`; other errors pass through.

    Raises:
        TransientError: the same statement may succeed later.
    """
    try:
        yield
    except asyncpg.InterfaceError as error:
        if isinstance(error, ValueError):  # asyncpg.DataError's client side: the input does not fit
            raise
        raise TransientError(f"postgres: {type(error).__name__}") from error
    except TRANSIENT as error:
        raise TransientError(f"postgres: {type(error).__name__}") from error
