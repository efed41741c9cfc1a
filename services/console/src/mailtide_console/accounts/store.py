"""What the list of accounts reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from mailtide_common.contracts.health import AccountHealth, Condition
from mailtide_console.database import Connection, sql
from mailtide_console.summary.store import health_of

from .place import Behind, ByAddress


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A line of the list."""

    account_id: UUID
    email: str | None
    provider: str | None
    last_synced_at: datetime | None
    """The newest clean end of a delta."""
    proven_at: datetime | None
    health: AccountHealth
    behind: Behind
    by_address: ByAddress


async def list_accounts_behind(
    connection: Connection, limit: int, conditions: Sequence[Condition], pattern: str | None, after: Behind
) -> list[AccountRow]:
    """List accounts, the furthest behind first."""
    statement = sql(__package__, "list_accounts_behind")
    return [_row(row) for row in await connection.fetch(statement, limit, list(conditions), pattern, *after)]


async def list_accounts_by_address(
    connection: Connection, limit: int, conditions: Sequence[Condition], pattern: str | None, after: ByAddress
) -> list[AccountRow]:
    """List accounts by address."""
    statement = sql(__package__, "list_accounts_by_address")
    return [_row(row) for row in await connection.fetch(statement, limit, list(conditions), pattern, *after)]


def _row(row: Any) -> AccountRow:
    return AccountRow(
        row["account_id"],
        row["email"],
        row["provider"],
        row["last_delta_at"],
        row["proven_at"],
        health_of(row),
        Behind(row["behind"], row["grant_id"]),
        ByAddress(row["email"] or "", row["account_id"]),
    )
