"""Queries for the list of accounts."""

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
    """When the last clean delta or backfill ended."""
    proven_at: datetime | None
    health: AccountHealth
    behind: Behind
    by_address: ByAddress


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filter and size of a page."""

    limit: int
    conditions: Sequence[Condition]
    pattern: str | None
    """ILIKE pattern of the address; None for any."""
    grants: Sequence[str] | None
    """Grants that include those of all accounts that match. None if these are too many: then all accounts are read."""


async def list_matching_grants(connection: Connection, pattern: str, most: int) -> list[str] | None:
    """Return the grants of accounts whose address matches an ILIKE pattern; None if more than `most` do."""
    rows = await connection.fetch(sql(__package__, "list_matching_grants"), pattern, most + 1)
    return [row["grant_id"] for row in rows] if len(rows) <= most else None


async def list_accounts_behind(connection: Connection, wanted: Wanted, after: Behind) -> list[AccountRow]:
    """List up to `wanted.limit` accounts that match `wanted`, after a cursor, the furthest behind first.

    Accounts without a schedule are left out.
    """
    if wanted.grants is not None:
        return await list_few_accounts_behind(connection, wanted, wanted.grants, after)
    return await _rows(connection, sql(__package__, "list_accounts_behind"), wanted, *after)


async def list_few_accounts_behind(
    connection: Connection, wanted: Wanted, grants: Sequence[str], after: Behind
) -> list[AccountRow]:
    """As `list_accounts_behind`, but read only the accounts of `grants`."""
    return await _rows(connection, sql(__package__, "list_few_accounts_behind"), wanted, *after, grants)


async def list_accounts_by_address(
    connection: Connection, wanted: Wanted, after: ByAddress
) -> list[AccountRow]:
    """List up to `wanted.limit` accounts that match `wanted`, after a cursor, ordered by address.

    Accounts without an address are left out.
    """
    if wanted.grants is not None:
        return await list_few_accounts_by_address(connection, wanted, wanted.grants, after)
    return await _rows(connection, sql(__package__, "list_accounts_by_address"), wanted, *after)


async def list_few_accounts_by_address(
    connection: Connection, wanted: Wanted, grants: Sequence[str], after: ByAddress
) -> list[AccountRow]:
    """As `list_accounts_by_address`, but read only the accounts of `grants`."""
    return await _rows(connection, sql(__package__, "list_few_accounts_by_address"), wanted, *after, grants)


async def _rows(connection: Connection, statement: str, wanted: Wanted, *more: object) -> list[AccountRow]:
    rows = await connection.fetch(statement, wanted.limit, wanted.conditions, wanted.pattern, *more)
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
