"""Creates connection pools of Postgres, and lends connections with bounded waits and classified errors."""

import errno
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from socket import gaierror
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import orjson

from .errors import ConfigurationError, TransientError
from .logs import get_logger
from .postgres_errors import (
    COMMAND_TIMEOUT_SECONDS,
    NO_SESSION,
    Connection,
    lost_connections,
    named_connect_errors,
    named_errors,
)
from .settings import PostgresSettings
from .stopping import POOL_SECONDS, within

CONNECT_TIMEOUT_SECONDS = 5
LIMITS = "SET statement_timeout = '30s'; SET lock_timeout = '10s'"
"""Sets the server-side limits of a session. PgBouncer 1.18 refuses the limits as parameters of a connection
("unsupported startup parameter: statement_timeout")."""

BACKEND = "SELECT pg_backend_pid()"

UNREACHABLE = (ConnectionRefusedError, ConnectionResetError, TimeoutError, gaierror)
NO_ROUTE = (errno.EHOSTUNREACH, errno.ENETUNREACH)

log = get_logger(__name__)


async def create_pool(
    database_url: str, *, max_size: int, application_name: str, schema: str = "public"
) -> asyncpg.Pool:
    """Create a pool. The pool connects when a connection is needed, so Postgres may start later.

    Its sessions have the time limits of `LIMITS`, and convert JSON to Python's objects and back.

    Args:
        database_url: the database, as postgresql://user:password@host:port/database.
        max_size: maximum number of connections.
        application_name: the name shown by `pg_stat_activity`.
        schema: the schema of Mailtide's tables (MAILTIDE_SCHEMA).
    """
    session = f"{LIMITS}; SET application_name = '{application_name}'; SET search_path = \"{schema}\""

    class LimitedConnection(asyncpg.Connection):  # type: ignore[misc]
        """A connection that asyncpg does not reset by a query when it is released.

        The query of asyncpg 0.32 is unnecessary, because no service changes the state of a session for longer
        than a transaction. asyncpg rolls back open transactions itself.
        """

        def get_reset_query(self) -> str:
            return ""

    async def init(connection: Connection) -> None:
        with lost_connections(connection):
            await connection.execute(session)
            await _add_json(connection)

    return await asyncpg.create_pool(
        database_url,
        connect=connect,
        min_size=0,
        max_size=max_size,
        timeout=CONNECT_TIMEOUT_SECONDS,
        command_timeout=COMMAND_TIMEOUT_SECONDS,
        max_inactive_connection_lifetime=60,
        init=init,
        connection_class=LimitedConnection,
        max_cacheable_statement_size=0,  # asyncpg 0.32 plans a statement above 15 kB anew each time, unless this is 0
    )


async def open_pool(
    stack: AsyncExitStack, settings: PostgresSettings, *, service: str, max_size: int
) -> asyncpg.Pool:
    """Create the pool of a service, named `mailtide-<service>` in Postgres. `stack` closes the pool."""
    pool = await create_pool(
        settings.database_url.get_secret_value(),
        max_size=max_size,
        application_name=f"mailtide-{service}",
        schema=settings.mailtide_schema,
    )
    stack.push_async_callback(close_pool, pool)
    return pool


async def connect(database_url: str, **options: Any) -> Connection:
    """Connect as `asyncpg.connect` does.

    Raises:
        TransientError: the server cannot be reached, refuses or resets the connection, or does not answer in
            time. The text names the server without user and password.
        Exception: other errors of asyncpg, unchanged.
    """
    try:
        return await asyncpg.connect(database_url, **options)
    except OSError as error:
        if not isinstance(error, UNREACHABLE) and error.errno not in NO_ROUTE:
            raise
        reason = error.strerror or (
            "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__
        )
        raise TransientError(f"{_server_of(database_url)} cannot be reached: {reason}") from error


def _server_of(database_url: str) -> str:
    """Return in words which server and database a URL names, without user and password."""
    parts = urlsplit(database_url)
    hosts = parts.netloc.rpartition("@")[2] or ", ".join(parse_qs(parts.query).get("host", []))
    database = parts.path.lstrip("/")
    return f"Postgres at {hosts or 'the default host'}" + (f", database {database}," if database else "")


async def _add_json(connection: Connection) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind,
            schema="pg_catalog",
            encoder=lambda value: orjson.dumps(value).decode(),
            decoder=orjson.loads,
        )


@asynccontextmanager
async def connected(pool: asyncpg.Pool, *, acquire_seconds: float) -> AsyncIterator[Connection]:
    """Yield a connection of the pool, for statements without a common transaction.

    Args:
        pool: a pool from `create_pool`.
        acquire_seconds: longest wait for a free or new connection.

    Raises:
        TransientError: no connection could be made or was free in time, the connection was lost, a statement
            was not answered in time, or Postgres is busy, full, restarting or read-only.
        ConfigurationError: the login is permanently refused, the user lacks a privilege, or a pooler is not
            in session mode.
    """
    with named_errors():
        with named_connect_errors(acquire_seconds):
            connection = await pool.acquire(timeout=acquire_seconds)
        try:
            with lost_connections(connection):
                yield connection
        except BaseException:
            # If the release fails too, asyncpg closes the connection. The first error explains more.
            with suppress(Exception):
                await pool.release(connection)
            raise
        with lost_connections(connection):  # the pool closes a connection that cannot be reset
            await pool.release(connection)


@asynccontextmanager
async def connected_migrated(pool: asyncpg.Pool, *, acquire_seconds: float) -> AsyncIterator[Connection]:
    """Yield a connection as `connected` does. A missing table or column counts as a transient error.

    Use this where the database may not be migrated yet.

    Raises:
        TransientError: a table or column does not exist; or as `connected`.
        ConfigurationError: as `connected`.
    """
    try:
        async with connected(pool, acquire_seconds=acquire_seconds) as connection:
            yield connection
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as error:
        raise TransientError(
            f"postgres: {error.message}: run `mailtide migrate`; if the tables exist, correct MAILTIDE_SCHEMA, or "
            "grant the user of DATABASE_URL USAGE on this schema"
        ) from error


@asynccontextmanager
async def transaction(pool: asyncpg.Pool, *, acquire_seconds: float) -> AsyncIterator[Connection]:
    """Yield a connection in a transaction. If the block raises, the transaction is rolled back.

    The arguments and errors are those of `connected`.
    """
    async with connected(pool, acquire_seconds=acquire_seconds) as connection, connection.transaction():
        yield connection


@asynccontextmanager
async def transaction_migrated(pool: asyncpg.Pool, *, acquire_seconds: float) -> AsyncIterator[Connection]:
    """Yield a connection in a transaction, to a database that may not be migrated yet.

    The arguments and errors are those of `connected_migrated`.
    """
    async with (
        connected_migrated(pool, acquire_seconds=acquire_seconds) as connection,
        connection.transaction(),
    ):
        yield connection


async def close_pool(pool: asyncpg.Pool) -> None:
    """Close a pool. Connections that do not close within `POOL_SECONDS` are terminated."""
    await within(POOL_SECONDS, "pool", pool.close())
    pool.terminate()


async def check_login(pool: asyncpg.Pool) -> None:
    """Check at start-up that the login is accepted, and that a pooler is in session mode.

    Two open connections must have different server sessions. If the server is unavailable, log a warning and
    return.

    Raises:
        ConfigurationError: the login is permanently refused, or the pooler is not in session mode.
    """
    try:
        async with connected(pool, acquire_seconds=CONNECT_TIMEOUT_SECONDS) as first:
            backend = await first.fetchval(BACKEND)
            async with connected(pool, acquire_seconds=CONNECT_TIMEOUT_SECONDS) as second:
                shared = backend == await second.fetchval(BACKEND)
    except TransientError as error:
        log.warning("postgres_unavailable", reason=str(error))
        return
    if shared:
        raise ConfigurationError(NO_SESSION)
