"""Classifies errors of Postgres, and of a pooler in front of it, by how callers must react (INV-36)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from ssl import SSLCertVerificationError
from typing import Any, TypeAlias

import asyncpg

from .errors import ConfigurationError, MailtideError, TransientError

COMMAND_TIMEOUT_SECONDS = 15
"""Client-side limit of a statement; without it, a frozen server would block a task indefinitely."""

Connection: TypeAlias = Any
"""An asyncpg connection; asyncpg has no types."""

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
"""Errors that the statement did not cause: Postgres is unavailable, busy, full, restarting or read-only, a migration
changed a table of a prepared statement, or during a failover no host of the URL is the primary."""


_REFUSED: tuple[type[BaseException], ...] = (
    asyncpg.ClientConfigurationError,
    asyncpg.UnsupportedClientFeatureError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.DataError,
    asyncpg.exceptions.SyntaxOrAccessError,
    SSLCertVerificationError,
)
"""Errors of a permanently refused login: because of the URL, user, password, database, privilege to connect, an option
of the URL (classes 22 and 42), or the server's certificate."""

_POOLER_REFUSES = re.compile(
    "unsupported startup parameter|authentication failed|no such (database|user)|does not exist|permission denied"
    "|not permitted|not allowed|bouncer config error"
)
"""Texts of PgBouncer's permanent errors (seen with 1.18). It has one SQLSTATE, 08P01, for all errors: for a wrong
password or an unsupported option as well as for an unavailable server. Errors with other texts are tried again."""

NO_SESSION = (
    "Postgres is behind a pooler in transaction or statement mode, where a service could run another one's prepared "
    "statements: set it to session mode (PgBouncer: pool_mode = session)"
)

_REJECTED_TLS = "rejected SSL upgrade"
"""Text of the plain ConnectionError that asyncpg 0.32 raises if the URL requires TLS and the server has none."""


@contextmanager
def named_connect_errors(seconds: float | None = None) -> Iterator[None]:
    """Convert known errors of an attempt to connect, or to get a connection of a pool within `seconds`.

    Raises:
        ConfigurationError: the login is permanently refused: DATABASE_URL, or the server's users, databases or
            privileges, must be changed.
        TransientError: no connection was free or established in time, the server or its pooler is unavailable, or the
            pool is closing.
    """
    try:
        yield
    except Exception as error:
        if _is_refusal(error):
            raise ConfigurationError(f"Postgres refuses the connection: {_line(error)}") from error
        if isinstance(error, asyncpg.InterfaceError):
            raise TransientError(f"postgres: the pool has no connection: {_line(error)}") from error
        if isinstance(error, TimeoutError):
            limit = "in time" if seconds is None else f"within {seconds:g} s"
            raise TransientError(
                f"postgres: no connection {limit}: none is free, or the server does not answer"
            ) from error
        if isinstance(error, TRANSIENT):
            reason = f"{type(error).__name__}: {_line(error)}"
            raise TransientError(f"postgres: no connection: {reason}") from error
        raise


def _is_refusal(error: Exception) -> bool:
    if isinstance(error, asyncpg.exceptions.ProtocolViolationError):
        return _POOLER_REFUSES.search(str(error)) is not None
    return isinstance(error, _REFUSED) or (type(error) is ConnectionError and _REJECTED_TLS in str(error))


def _line(error: BaseException) -> str:
    """Return an error's text on one line. It names users and databases, but no password."""
    return " ".join(str(error).split())


@contextmanager
def lost_connections(connection: Connection) -> Iterator[None]:
    """Convert any exception on a lost connection to `TransientError`, except a `MailtideError`.

    The state of the connection decides, not the class of the error, because asyncpg 0.32 has no class for a session
    that the server ended. If the server's last message (FATAL) arrives between two statements, the next one raises
    `InternalClientError` ("cannot switch to state 15; another operation (2) is in progress"), as for a bug in the
    driver; a released connection raises `InterfaceError`, as for concurrent statements on one connection, which would
    be our bug. Seen by ending backends at random times (`test_postgres.py`). An error with another cause occurs again,
    unchanged, when the work is repeated on a live connection.

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
    """Convert known errors of Postgres to Mailtide's; refused values and bugs pass unchanged.

    Raises:
        TransientError: Postgres is unavailable or busy; the same statement may succeed later.
        ConfigurationError: the user lacks a privilege, or a pooler is not in session mode.
    """
    try:
        yield
    except asyncpg.InsufficientPrivilegeError as error:
        raise ConfigurationError(f"Postgres refuses a statement: {_line(error)}") from error
    except (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError) as error:
        raise ConfigurationError(NO_SESSION) from error
    except TimeoutError as error:
        raise TransientError(
            f"postgres: a statement was not answered in time (by default, {COMMAND_TIMEOUT_SECONDS} s)"
        ) from error
    except TRANSIENT as error:
        # Of the server's own text only the message: details may quote values.
        text = f": {error.message}" if isinstance(error, asyncpg.PostgresError) else ""
        raise TransientError(f"postgres: a statement failed: {type(error).__name__}{text}") from error
