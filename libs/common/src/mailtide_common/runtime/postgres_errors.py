"""Converts errors of Postgres and of a pooler in front of it to Mailtide's classes of errors (INV-36)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from ssl import SSLCertVerificationError
from typing import Any, TypeAlias

import asyncpg

from .errors import ConfigurationError, MailtideError, TransientError

COMMAND_TIMEOUT_SECONDS = 15
"""Client-side time limit of a statement. Without it, a frozen server would block a task without end."""

Connection: TypeAlias = Any
"""An asyncpg connection. asyncpg has no types."""

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
"""Errors that the statement did not cause:

- Postgres is unavailable, busy, full, restarting or read-only.
- A migration changed a table of a prepared statement.
- During a failover, no host of the URL is the primary.
"""


_REFUSED: tuple[type[BaseException], ...] = (
    asyncpg.ClientConfigurationError,
    asyncpg.UnsupportedClientFeatureError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.DataError,
    asyncpg.exceptions.SyntaxOrAccessError,
    SSLCertVerificationError,
)
"""Errors of a permanently refused login. The URL, the user, the password, the database, the privilege to
connect or the server's certificate must be changed. Errors of classes 22 and 42, except for a missing
privilege (42501), are caused by an option of the URL."""

_POOLER_REFUSES = re.compile(
    "unsupported startup parameter|authentication failed|no such (database|user)|does not exist|permission denied"
    "|not permitted|not allowed|bouncer config error"
)
"""Texts of PgBouncer's permanent errors (seen with 1.18). Errors with other texts are tried again.

The SQLSTATE does not distinguish them. PgBouncer uses 08P01 for all errors, also if its server is
unavailable.
"""

NO_SESSION = (
    "Postgres is behind a pooler in transaction or statement mode, in which one service could run prepared "
    "statements of another service: set the pooler to session mode (PgBouncer: pool_mode = session)"
)

_REJECTED_TLS = "rejected SSL upgrade"
"""Text of asyncpg 0.32's ConnectionError for a URL that requires TLS and a server without TLS."""


@contextmanager
def named_connect_errors(seconds: float | None = None) -> Iterator[None]:
    """Convert known errors of connecting, and of acquiring a connection from a pool.

    Args:
        seconds: time limit of the attempt, for the text of the error; None if it is unknown.

    Raises:
        ConfigurationError: the login is permanently refused.
        TransientError: no connection was available in time, the server or its pooler is unavailable, or the
            pool is closing.
    """
    try:
        yield
    except Exception as error:
        if _is_refusal(error):
            raise ConfigurationError(
                f"Postgres refuses the connection: {_line(error)} (check DATABASE_URL, and the server's "
                "users and certificate)"
            ) from error
        if isinstance(error, asyncpg.InterfaceError):
            raise TransientError(f"postgres: the pool has no connection to use: {_line(error)}") from error
        if isinstance(error, TimeoutError):
            limit = "in time" if seconds is None else f"within {seconds:g} s"
            raise TransientError(
                f"postgres: no connection {limit}: all connections are in use, or the server does not answer"
            ) from error
        if isinstance(error, TRANSIENT):
            reason = f"{type(error).__name__}: {_line(error)}"
            raise TransientError(f"postgres: connecting failed: {reason}") from error
        raise


def _is_refusal(error: Exception) -> bool:
    if isinstance(error, asyncpg.exceptions.ProtocolViolationError):
        return _POOLER_REFUSES.search(str(error)) is not None
    return isinstance(error, _REFUSED) or (type(error) is ConnectionError and _REJECTED_TLS in str(error))


def _line(error: BaseException) -> str:
    """Return an error's text on one line. The text may name users and databases, but no password."""
    return " ".join(str(error).split())


@contextmanager
def lost_connections(connection: Connection) -> Iterator[None]:
    """Convert any exception to `TransientError` if the connection is closed afterwards.

    A `MailtideError` passes unchanged. If another exception is converted by mistake, it occurs again when the
    work is repeated on a live connection.

    The class of the exception cannot decide, because asyncpg 0.32 has none for a session that the server
    ended. It raises classes that it also uses for bugs (seen by ending backends at random times,
    `test_postgres.py`):

    - `InternalClientError` ("cannot switch to state 15; another operation (2) is in progress"), if the
      server's last message (FATAL) arrives between two statements;
    - `InterfaceError`, if the connection was released.

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
def named_errors() -> Iterator[None]:
    """Convert known errors of statements to Mailtide's classes. Refused values and bugs pass unchanged.

    Raises:
        TransientError: the same statement may succeed later, for example because Postgres is unavailable or
            busy.
        ConfigurationError: the user lacks a privilege, or a pooler is not in session mode.
    """
    try:
        yield
    except asyncpg.InsufficientPrivilegeError as error:
        raise ConfigurationError(
            f"Postgres refuses a statement: {_line(error)}: grant the privilege to the user of DATABASE_URL, or "
            "use the user that owns Mailtide's tables"
        ) from error
    except (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError) as error:
        raise ConfigurationError(NO_SESSION) from error
    except TimeoutError as error:
        raise TransientError(
            f"postgres: a statement was not answered in time (default limit: {COMMAND_TIMEOUT_SECONDS} s)"
        ) from error
    except TRANSIENT as error:
        # Only the server's message is included, because its details may quote values.
        text = f": {error.message}" if isinstance(error, asyncpg.PostgresError) else ""
        raise TransientError(f"postgres: a statement failed: {type(error).__name__}{text}") from error
