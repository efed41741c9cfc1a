"""The result of applying a batch."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import Parked


@dataclass(frozen=True, slots=True)
class BatchResult:
    """Counts of a batch; records that are neither changed nor parked were known already, or are older than the row."""

    records: int
    changed: int
    parked: tuple[Parked, ...] = ()


Apply = Callable[[Sequence[Record]], Awaitable[BatchResult]]
"""Stores a batch of records."""
