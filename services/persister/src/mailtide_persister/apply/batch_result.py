"""The result of applying a batch."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import Parked


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The number of records in a batch, how many of them changed a row, and its dead letters.

    Tombstones of folders and messages are not counted as changes. Batches of `mail.sync-events.v1` count changed
    accounts, those of `mail.purges.v1` erased ones.
    """

    records: int
    changed: int
    parked: tuple[Parked, ...] = ()


Apply = Callable[[Sequence[Record]], Awaitable[BatchResult]]
"""Applies a batch of records. Raises `TransientError`."""
