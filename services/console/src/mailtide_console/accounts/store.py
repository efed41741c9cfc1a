"""Queries of the page that lists accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from mailtide_common.contracts.health.conditions import AccountHealth, Condition
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a page lists."""

    limit: int
    conditions: Sequence[Condition]
    pattern: str | None
    """Part of the address in the form of ILIKE."""


async def list_accounts_behind(connection: Connection, wanted: Wanted, after: Behind) -> list[AccountRow]:
    """List accounts, the furthest behind first."""
    return await _rows(connection, sql(__package__, "list_accounts_behind"), wanted, after)


async def list_few_accounts_behind(connection: Connection, wanted: Wanted, after: Behind) -> list[AccountRow]:
    """List accounts in conditions that few are in, the furthest behind first."""
    return await _rows(connection, sql(__package__, "list_few_accounts_behind"), wanted, after)


async def list_accounts_by_address(
    connection: Connection, wanted: Wanted, after: ByAddress
) -> list[AccountRow]:
    """List accounts by address."""
    return await _rows(connection, sql(__package__, "list_accounts_by_address"), wanted, after)


async def list_few_accounts_by_address(
    connection: Connection, wanted: Wanted, after: ByAddress
) -> list[AccountRow]:
    """List accounts in conditions that few are in, by address."""
    return await _rows(connection, sql(__package__, "list_few_accounts_by_address"), wanted, after)


async def _rows(
    connection: Connection, statement: str, wanted: Wanted, after: Behind | ByAddress
) -> list[AccountRow]:
    conditions = list(wanted.conditions)
    rows = await connection.fetch(statement, wanted.limit, conditions, wanted.pattern, *after)
    return [_row(row) for row in rows]


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
