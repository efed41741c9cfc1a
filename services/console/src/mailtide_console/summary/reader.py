"""Reads the summary of all accounts, and keeps it for some seconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from mailtide_common.contracts.health.conditions import MEANINGS, Condition, Level
from mailtide_console import limits
from mailtide_console.database import snapshot

from .cached import Cached
from .store import Attention, Freshness, count_conditions, count_freshness, list_attention
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
"""Conditions that the overview names, the most urgent first."""


@dataclass(frozen=True, slots=True)
class Summary:
    """All accounts at a glance."""

    at: datetime
    """When it was read."""
    counts: Mapping[Condition, int]
    tally: Tally
    attention: tuple[Attention, ...]
    """The longest-standing account of each condition, the most urgent first."""
    freshness: tuple[Freshness, ...]


class Summaries:
    """The summary, at most some seconds old."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """Nothing is read yet."""
        self._pool = pool
        self._cached = Cached(
            self._read, fresh_seconds=limits.SUMMARY_FRESH_SECONDS, kept_seconds=limits.SUMMARY_KEPT_SECONDS
        )
        self.get = self._cached.get
        self.close = self._cached.close

    async def _read(self) -> Summary:
        async with snapshot(self._pool) as connection:
            counts = await count_conditions(connection)
            attention = await list_attention(connection, ATTENTION)
            freshness = await count_freshness(connection)
        return Summary(datetime.now(UTC), counts, tally(counts), tuple(attention), freshness)
