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
    """Number of records that changed a row. Of tombstones, only those of accounts with a row count.

    Two topics are counted differently:

    - `mail.sync-events.v1`: accounts whose outcome changed, plus accounts whose proof changed.
    - `mail.purges.v1`: accounts whose remaining rows were deleted, also if an earlier batch purged them.
    """
    parked: tuple[Parked, ...] = ()


Apply = Callable[[Sequence[Record]], Awaitable[BatchResult]]
"""Applies a batch of records. Raises `TransientError`."""
