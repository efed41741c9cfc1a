"""The result of applying a batch."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import Parked


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The result of a batch."""

    records: int
    """Number of records in the batch."""
    changed: int
    """How many of them changed a row, without tombstones of folders and messages.

    For `mail.sync-events.v1`, the changed accounts are counted instead, and for `mail.purges.v1` the accounts whose
    remaining rows were deleted, also if they were purged in an earlier batch.
    """
    parked: tuple[Parked, ...] = ()


Apply = Callable[[Sequence[Record]], Awaitable[BatchResult]]
"""Applies a batch of records. Raises `TransientError`."""
