"""Classifies errors of Postgres, and of a pooler in front of it, by the reaction that they call for (INV-36)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from ssl import SSLCertVerificationError
from typing import Any, TypeAlias

import asyncpg

from .errors import ConfigurationError, MailtideError, TransientError

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
"""The statement is not at fault: Postgres is unavailable, busy, full, restarting or read-only, a migration
changed a table under a prepared statement, or no host of the URL is the primary during a failover."""


_REFUSED: tuple[type[BaseException], ...] = (
    asyncpg.ClientConfigurationError,
    asyncpg.UnsupportedClientFeatureError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.DataError,
    asyncpg.exceptions.SyntaxOrAccessError,
    SSLCertVerificationError,
)
"""A permanently refused login: the URL, the user, the password, the database, the right to connect, an option
of the URL (classes 22 and 42), or the server's certificate."""

_POOLER_REFUSES = re.compile(
    "unsupported startup parameter|authentication failed|no such (database|user)|does not exist|permission denied"
    "|not permitted|not allowed|bouncer config error"
)
"""PgBouncer (1.18 was run) has one SQLSTATE, 08P01, for everything: a wrong password or an unsupported option as well
as a server that does not answer. Only its text tells them apart; what is not listed is tried again."""

_REJECTED_TLS = "rejected SSL upgrade"
"""asyncpg 0.32 raises a plain ConnectionError when the URL wants TLS and the server has none."""


@contextmanager
def refused_logins() -> Iterator[None]:
    """Turn a permanently refused login into `ConfigurationError`; a starting server refuses only temporarily.

    Raises:
        ConfigurationError: a person must change DATABASE_URL, or the server's users, databases or rights.
        TransientError: the pool is closing.
    """
    try:
        yield
    except Exception as error:
        if _is_refusal(error):
            raise ConfigurationError(f"Postgres refuses the connection: {_line(error)}") from error
        if isinstance(error, asyncpg.InterfaceError):
            raise TransientError(f"postgres: {type(error).__name__}") from error
        raise


def _is_refusal(error: Exception) -> bool:
    if isinstance(error, asyncpg.exceptions.ProtocolViolationError):
        return _POOLER_REFUSES.search(str(error)) is not None
    return isinstance(error, _REFUSED) or (type(error) is ConnectionError and _REJECTED_TLS in str(error))


def _line(error: BaseException) -> str:
    """The server's message on one line: it names users and databases, never a password."""
    return " ".join(str(error).split())


@contextmanager
def lost_connections(connection: Connection) -> Iterator[None]:
    """Turn any error on a lost connection into `TransientError`.

    The state of the connection decides, not the class of the error. asyncpg 0.32 has no class of its own for a server
    that ended the session: when the server's last message (FATAL) comes between two statements, the next one
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
def named_errors() -> Iterator[None]:
    """Turn Postgres' known errors into Mailtide's; refused values and bugs pass through.

    Raises:
        TransientError: the same statement may succeed later: Postgres is unavailable or busy.
        ConfigurationError: the user lacks a privilege.
    """
    try:
        yield
    except asyncpg.InsufficientPrivilegeError as error:
        raise ConfigurationError(f"Postgres refuses a statement: {_line(error)}") from error
    except TRANSIENT as error:
        raise TransientError(f"postgres: {type(error).__name__}") from error
