"""Access to Postgres for the scheduler: connections, transactions and statements."""

from functools import partial
from typing import TypeAlias

import asyncpg

from mailtide_common.runtime import postgres, postgres_errors
from mailtide_common.runtime.sql import load_sql

from . import limits

Connection: TypeAlias = postgres_errors.Connection

connected = partial(postgres.connected_migrated, acquire_seconds=limits.ACQUIRE_SECONDS)
transaction = partial(postgres.transaction_migrated, acquire_seconds=limits.ACQUIRE_SECONDS)
sql = load_sql


def is_unstorable(error: Exception) -> bool:
    """Return whether the error is due to a value that a column or index cannot hold."""
    if isinstance(error, asyncpg.InterfaceError):
        return isinstance(error, ValueError)  # the driver's DataError; its other errors are bugs
    return isinstance(error, asyncpg.DataError | asyncpg.ProgramLimitExceededError)
