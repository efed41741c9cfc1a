"""Limits deletions: a pass that misses many messages is more likely wrong than the mailbox that empty. Pure.

INV-20.
"""

from collections.abc import Sequence

from mailtide_common.contracts.events import DeletionsHeld, Event, SyncRequested
from mailtide_common.contracts.times import UnixMicros

MOST_MISSING = 20
"""Up to this number, missing messages are always confirmed one by one."""

MOST_MISSING_SHARE = 0.05
"""More than this share, and more than `MOST_MISSING`, are held until an operator decides."""

IDS_PER_EVENT = 500


def holds(missing: int, rows: int) -> bool:
    """Return whether so many missing messages among so many rows need an operator's approval."""
    return missing > MOST_MISSING and missing > rows * MOST_MISSING_SHARE


def held_events(request: SyncRequested, message_ids: Sequence[str], at: UnixMicros) -> list[Event]:
    """Return the events that list the missing messages instead of requesting them. The scheduler alerts once.

    Args:
        request: the request of the pass.
        message_ids: the missing messages.
        at: when they were missed.
    """
    return [
        DeletionsHeld(
            task_id=request.task_id,
            grant_id=request.grant_id,
            message_ids=tuple(message_ids[first : first + IDS_PER_EVENT]),
            at=at,
        )
        for first in range(0, len(message_ids), IDS_PER_EVENT)
    ]
