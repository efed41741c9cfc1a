"""Limits deletions: if many messages are missing, the listing is probably wrong (INV-20). Pure."""

from collections.abc import Sequence

from mailtide_common.contracts.events import DeletionsHeld, Event, SyncRequested
from mailtide_common.contracts.times import UnixMicros

MOST_MISSING = 20
"""Up to this number, missing messages are confirmed one by one, whatever their share."""

MOST_MISSING_SHARE = 0.05
"""If more than this share of the stored messages is missing, and more than `MOST_MISSING`, their deletions
are held. In a delta, the share is that of the mailbox's messages; in an audit, that of the slice's."""

IDS_PER_EVENT = 500


def holds(missing: int, rows: int) -> bool:
    """Return whether the deletion of `missing` of `rows` messages needs an operator's approval."""
    return missing > MOST_MISSING and missing > rows * MOST_MISSING_SHARE


def held_events(request: SyncRequested, message_ids: Sequence[str], at: UnixMicros) -> list[Event]:
    """Return the events that hold deletions for an operator, each with at most `IDS_PER_EVENT` ids."""
    return [
        DeletionsHeld(
            task_id=request.task_id,
            grant_id=request.grant_id,
            message_ids=tuple(message_ids[first : first + IDS_PER_EVENT]),
            at=at,
        )
        for first in range(0, len(message_ids), IDS_PER_EVENT)
    ]
