"""The deletion guard: a pass that misses a lot is more likely wrong than the mailbox that empty. Pure.

INV-20.
"""

from collections.abc import Sequence

from mailtide_common.contracts.events import DeletionsHeld, Event, SyncRequested

MOST_MISSING = 20
"""So many missing messages are always confirmed one by one."""

MOST_MISSING_SHARE = 0.05
"""More than this share, and more than `MOST_MISSING`, is held until a person has looked."""

IDS_PER_EVENT = 500


def holds(missing: int, rows: int) -> bool:
    """Whether so many missing messages among so many rows need a person's approval."""
    return missing > MOST_MISSING and missing > rows * MOST_MISSING_SHARE


def held_events(request: SyncRequested, message_ids: Sequence[str], at: int) -> list[Event]:
    """What is said instead of asking for the missing messages: which they are. The scheduler tells people, once.

    Args:
        request: whose pass misses them.
        message_ids: what is missing.
        at: microseconds since 1970.
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
