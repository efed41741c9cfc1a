"""Connections, transactions and named statements."""

from functools import partial
from typing import TypeAlias

from mailtide_common.runtime import postgres, postgres_errors
from mailtide_common.runtime.sql import load_sql

from . import limits

Connection: TypeAlias = postgres_errors.Connection

connected = partial(postgres.connected_migrated, acquire_seconds=limits.ACQUIRE_SECONDS)
transaction = partial(postgres.transaction_migrated, acquire_seconds=limits.ACQUIRE_SECONDS)
sql = load_sql
