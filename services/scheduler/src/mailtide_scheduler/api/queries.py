"""Queries that only the API needs, one function per statement."""

from typing import Any
from uuid import UUID

from mailtide_common.contracts.api.accounts import AccountDetails, BackfillProgress
from mailtide_common.contracts.health.conditions import account_health
from mailtide_common.contracts.progress import Listing, progress
from mailtide_scheduler.database import Connection, sql
from mailtide_scheduler.errors import UnknownAccountError


async def list_accounts(connection: Connection, limit: int, after: UUID | None) -> list[AccountDetails]:
    """Return a page of accounts with their schedules and health, ordered by id."""
    rows = await connection.fetch(sql(__package__, "list_accounts"), limit, after, None)
    return [_account(row) for row in rows]


async def list_named_accounts(connection: Connection, name: str) -> list[AccountDetails]:
    """Return the accounts that `name` means: an address (in any case), a grant or an id."""
    try:
        id_ = UUID(name)
    except ValueError:
        id_ = None
    found = [row["id"] for row in await connection.fetch(sql(__package__, "list_named_accounts"), name, id_)]
    rows = await connection.fetch(sql(__package__, "list_accounts"), len(found), None, found)
    return [_account(row) for row in rows]


async def get_account(connection: Connection, account_id: UUID) -> AccountDetails:
    """Return an account with its schedule and health.

    Raises:
        UnknownAccountError: there is no such account.
    """
    row = await connection.fetchrow(sql(__package__, "list_accounts"), 1, None, [account_id])
    if row is None:
        raise UnknownAccountError
    return _account(row)


def _account(row: Any) -> AccountDetails:
    health = account_health(row, account=row["email"] or row["grant_id"])
    return AccountDetails(**row, health=health, backfill=_backfill(row))


def _backfill(row: Any) -> BackfillProgress | None:
    if row["task_kind"] is None:
        return None
    listing = Listing(row["listed_from"], row["until"], row["oldest"], row["start_date"], row["busy_seconds"])
    come = progress(listing, running=row["task_state"] == "leased")
    return BackfillProgress(**dict(come), synced=row["synced_count"])
