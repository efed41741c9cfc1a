"""Statements of the status, one function each."""

from collections.abc import Sequence
from typing import Any

from mailtide_common.contracts.api.status import ConditionCount, OldestTask, OpenIncident, TroubledAccount
from mailtide_common.contracts.events import AlertKind
from mailtide_common.contracts.health.conditions import MEANINGS, Condition, account_health
from mailtide_common.contracts.health.incident_cures import cure_of
from mailtide_scheduler.database import Connection, sql


async def count_conditions(connection: Connection) -> list[ConditionCount]:
    """Count the accounts by condition, in the order of `Condition`.

    Conditions without accounts are left out.
    """
    rows = await connection.fetch(sql(__package__, "count_conditions"))
    found = {Condition(row["condition"]): row["accounts"] for row in rows}
    return [
        ConditionCount(condition=condition, level=MEANINGS[condition].level, accounts=found[condition])
        for condition in Condition
        if condition in found
    ]


async def list_troubled_accounts(
    connection: Connection, conditions: Sequence[Condition], limit: int
) -> list[TroubledAccount]:
    """Return up to `limit` accounts with one of `conditions`, in the order of `conditions`.

    Of two accounts with the same condition, the one that has had it for longer is first.
    """
    rows = await connection.fetch(sql(__package__, "list_troubled_accounts"), list(conditions), limit)
    return [_troubled(row) for row in rows]


async def list_open_incidents(connection: Connection, limit: int) -> list[OpenIncident]:
    """Return up to `limit` open incidents, each with its cure.

    Incidents about no account come first, and older ones before newer ones. Incidents about dead letters are
    left out, because the status counts the letters themselves.
    """
    return [_incident(row) for row in await connection.fetch(sql(__package__, "list_open_incidents"), limit)]


async def get_oldest_task(connection: Connection) -> OldestTask | None:
    """Return the open task that has been due for the longest time; None if none is due.

    Only tasks of active accounts that are not throttled are considered.
    """
    row = await connection.fetchrow(sql(__package__, "get_oldest_task"))
    return None if row is None else OldestTask(**row)


def _troubled(row: Any) -> TroubledAccount:
    health = account_health(row, account=row["email_address"] or row["grant_id"])
    return TroubledAccount(id=row["id"], name=row["name"], health=health)


def _incident(row: Any) -> OpenIncident:
    kind, name = AlertKind(row["kind"]), row["email_address"] or row["subject"]
    cure, command = cure_of(kind, name)
    return OpenIncident(
        kind=kind,
        name=name,
        account_id=row["account_id"],
        reason=row["reason"],
        opened_at=row["opened_at"],
        cure=cure,
        command=command,
    )
