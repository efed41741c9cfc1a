"""The connection pool, with every wait bounded, and Postgres' errors named by what to do."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, TypeAlias

import asyncpg
import orjson

from .errors import MailtideError, TransientError

Connection: TypeAlias = Any
"""An asyncpg connection; asyncpg has no types."""

CONNECT_TIMEOUT_SECONDS = 5
COMMAND_TIMEOUT_SECONDS = 15
"""A frozen backend would otherwise hang a task for ever."""

TRANSIENT: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.exceptions.InsufficientResourcesError,
    asyncpg.exceptions.TransactionRollbackError,
    asyncpg.exceptions.ReadOnlySQLTransactionError,
    asyncpg.exceptions.LockNotAvailableError,
    asyncpg.exceptions.QueryCanceledError,
    asyncpg.exceptions.CannotConnectNowError,
    asyncpg.exceptions.InternalServerError,
    asyncpg.exceptions.PostgresSystemError,
    asyncpg.exceptions.InvalidCachedStatementError,
    asyncpg.exceptions.OutdatedSchemaCacheError,
    asyncpg.exceptions.TargetServerAttributeNotMatched,
)
"""Nothing is wrong with the statement: Postgres is unavailable, busy, full, restarting or read-only, a migration
changed a table under a prepared statement, or no host of the URL is the primary during a failover."""


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


async def _init_connection(connection: Connection) -> None:
    with lost_connections(connection):
        for kind in ("json", "jsonb"):
            await connection.set_type_codec(
                kind,
                schema="pg_catalog",
                encoder=lambda value: orjson.dumps(value).decode(),
                decoder=orjson.loads,
            )


@asynccontextmanager
async def connected(pool: asyncpg.Pool, *, acquire_seconds: float) -> AsyncIterator[Connection]:
    """A connection of the pool, for single statements.

    Args:
        pool: made by `create_pool`.
        acquire_seconds: how long to wait for a free connection, and for a new one to be made.

    Raises:
        TransientError: the same work may succeed later: the connection could not be made, was lost, or Postgres is
            busy, restarting or read-only.
    """
    with transient_errors():
        connection = await _acquire(pool, acquire_seconds)
        try:
            with lost_connections(connection):
                yield connection
        except BaseException:
            # A reset that fails too closes the connection, and says less than what failed first.
            with suppress(Exception):
                await pool.release(connection)
            raise
        with lost_connections(connection):  # the pool closes a connection that cannot be reset
            await pool.release(connection)


@asynccontextmanager
async def transaction(pool: asyncpg.Pool, *, acquire_seconds: float) -> AsyncIterator[Connection]:
    """A transaction on a connection of the pool; arguments and errors as `connected`."""
    async with connected(pool, acquire_seconds=acquire_seconds) as connection, connection.transaction():
        yield connection


async def _acquire(pool: asyncpg.Pool, seconds: float) -> Connection:
    try:
        return await pool.acquire(timeout=seconds)
    except asyncpg.InterfaceError as error:
        if isinstance(error, ValueError):  # the URL is not usable
            raise
        raise TransientError(f"postgres: {type(error).__name__}") from error  # the pool is closing


@contextmanager
def lost_connections(connection: Connection) -> Iterator[None]:
    """Turn whatever is raised over a connection that is lost into `TransientError`.

    The state of the connection decides, not the class of the error. asyncpg 0.32 has no class of its own for a server
    that ended the session: when the server's farewell (a FATAL message) comes between two statements, the next one
    raises `InternalClientError` ("cannot switch to state 15; another operation (2) is in progress"), the same class
    as for a bug in the driver; a released connection raises `InterfaceError`, like two statements at once on one
    connection, which is a bug of ours. Seen by ending backends at random moments (`test_postgres.py`). A bug that is
    not caused by the loss is raised again, unchanged, when the work is redone on a live connection.

    Raises:
        TransientError: the connection is closed.
    """
    try:
        yield
    except MailtideError:
        raise
    except Exception as error:
        if not _is_lost(connection):
            raise
        raise TransientError(f"postgres: connection lost: {type(error).__name__}") from error


def _is_lost(connection: Connection) -> bool:
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:  # the pool has taken a closed connection back before we released it
        return True


@contextmanager
def transient_errors() -> Iterator[None]:
    """Turn Postgres being unavailable or busy into `TransientError`; other errors pass through.

    Raises:
        TransientError: the same statement may succeed later.
    """
    try:
        yield
    except TRANSIENT as error:
        raise TransientError(f"postgres: {type(error).__name__}") from error
