"""Queries for the summary of all accounts."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from mailtide_common.contracts.health.conditions import AccountHealth, Condition, account_health
from mailtide_console.database import Connection, sql


class Attention(NamedTuple):
    """Of the accounts in a condition, the one with the oldest `health.since`; an unknown time counts as oldest."""

    account_id: UUID
    email: str | None
    health: AccountHealth


class Freshness(NamedTuple):
    """A range of the freshness histogram."""

    label: str
    seconds: float
    """Upper bound."""
    tone: str
    accounts: int


class Group(NamedTuple):
    """The accounts in a condition.

    Attributes:
        accounts: the number of the accounts.
        grants: the grants of the accounts, or None if there are too many (see `limits.FEW`).
    """

    accounts: int
    grants: Sequence[str] | None


RANGES: tuple[tuple[str, float, str], ...] = (
    ("< 1 min", 60, ""),
    ("1\u20135 min", 300, ""),
    ("5\u201315 min", 900, ""),
    ("15\u201360 min", 3_600, ""),
    ("1\u20136 h", 21_600, "warn"),
    ("6\u201324 h", 86_400, "warn"),
    ("> 1 day", float("inf"), "bad"),
)
NEVER = -1


async def count_conditions(connection: Connection, few: int) -> dict[Condition, Group]:
    """Count accounts by condition, with their grants if they are few (`few`: see `limits.FEW`)."""
    rows = await connection.fetch(sql(__package__, "count_conditions"), few)
    return {Condition(row["condition"]): Group(row["accounts"], row["grants"]) for row in rows}


async def list_attention(connection: Connection, conditions: Sequence[Condition]) -> list[Attention]:
    """List, for each condition in order, the account with the oldest `since` (see `Attention`).

    Conditions without accounts are left out.
    """
    rows = await connection.fetch(sql(__package__, "list_attention"), list(conditions))
    return [Attention(row["account_id"], row["email"], health_of(row)) for row in rows]


async def count_freshness(connection: Connection) -> tuple[Freshness, ...]:
    """Count accounts by the time since their newest clean delta or backfill.

    The last range has the accounts without one. Paused and removed accounts are left out.
    """
    bounds = [seconds for _, seconds, _ in RANGES[:-1]]
    rows = await connection.fetch(sql(__package__, "count_freshness"), bounds)
    found = {row["range"]: row["accounts"] for row in rows}
    ranges = (Freshness(*each, accounts=found.get(number, 0)) for number, each in enumerate(RANGES))
    return (*ranges, Freshness("never", float("inf"), "bad", found.get(NEVER, 0)))


def health_of(row: Mapping[str, Any]) -> AccountHealth:
    """Return the health in a row of `account_health` joined with `email_accounts`. Pure."""
    return account_health(row, account=row["email"] or str(row["account_id"]))
