"""Reads the summary of all accounts, and caches it for some seconds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from mailtide_common.contracts.health.conditions import MEANINGS, Condition, Level
from mailtide_console import limits
from mailtide_console.database import snapshot

from .cached import Cached
from .store import Attention, Freshness, Group, count_conditions, count_freshness, list_attention
from .verdict import Tally, tally

ATTENTION = tuple(
    sorted(
        (condition for condition in Condition if MEANINGS[condition].level in {Level.PERSON, Level.WAITING}),
        key=lambda condition: (
            condition is Condition.BACKFILLING,
            MEANINGS[condition].level is Level.WAITING,
        ),
    )
)
"""The conditions that the overview lists, the most urgent first."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The accounts by condition and freshness."""

    at: datetime
    """When it was read."""
    groups: Mapping[Condition, Group]
    attention: tuple[Attention, ...]
    """For each condition of `ATTENTION`, the account with the oldest `health.since`, if there is any."""
    freshness: tuple[Freshness, ...]

    @property
    def counts(self) -> dict[Condition, int]:
        return {condition: group.accounts for condition, group in self.groups.items()}

    @property
    def tally(self) -> Tally:
        """The numbers of accounts by level."""
        return tally(self.counts)

    def few(self, conditions: Iterable[Condition]) -> list[str] | None:
        """Return the grants of the accounts in these conditions.

        Return None if a condition has too many accounts (see `limits.FEW`).
        """
        found: list[str] = []
        for group in (self.groups[each] for each in conditions if each in self.groups):
            if group.grants is None:
                return None
            found += group.grants
        return found


class Summaries:
    """Caches the summary. `get` returns a summary that is at most `SUMMARY_KEPT_SECONDS` old."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._cached = Cached(
            self._read, fresh_seconds=limits.SUMMARY_FRESH_SECONDS, kept_seconds=limits.SUMMARY_KEPT_SECONDS
        )
        self.get = self._cached.get
        self.close = self._cached.close

    async def _read(self) -> Summary:
        async with snapshot(self._pool) as connection:
            groups = await count_conditions(connection, limits.FEW)
            attention = await list_attention(connection, ATTENTION)
            freshness = await count_freshness(connection)
        return Summary(datetime.now(UTC), groups, tuple(attention), freshness)
