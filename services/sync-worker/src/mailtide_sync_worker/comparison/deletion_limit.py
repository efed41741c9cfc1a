"""Limits deletions: if many messages are missing, the listing is probably wrong (INV-20). Pure."""

from collections.abc import Sequence

from mailtide_common.contracts.events import DeletionsHeld, Event, SyncRequested
from mailtide_common.contracts.times import UnixMicros

MOST_MISSING = 20
"""Up to this number, missing messages are always confirmed one by one."""

MOST_MISSING_SHARE = 0.05
"""More than this share of the stored messages, and more than `MOST_MISSING`, are held until an operator decides: of the
mailbox's messages in a delta, of the slice's in an audit."""

IDS_PER_EVENT = 500


def holds(missing: int, rows: int) -> bool:
    """Return whether the deletion of `missing` of `rows` messages needs an operator's approval."""
    return missing > MOST_MISSING and missing > rows * MOST_MISSING_SHARE


def held_events(request: SyncRequested, message_ids: Sequence[str], at: UnixMicros) -> list[Event]:
    """Return the events that hold deletions for an operator's approval, each with at most `IDS_PER_EVENT` ids.

    Args:
        request: the request of the pass.
        message_ids: ids of the missing messages.
        at: the time of the pass.
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
