"""The result of applying a batch."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import Parked


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The counts of a batch, and its dead letters. All other records changed no row, as repeats or older versions."""

    records: int
    changed: int
    parked: tuple[Parked, ...] = ()


Apply = Callable[[Sequence[Record]], Awaitable[BatchResult]]
"""Applies a batch of records. Raises `TransientError`."""
