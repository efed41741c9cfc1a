"""Counts new mail whose notification is overdue, which suggests that webhooks are lost. Pure."""

from collections.abc import Iterable

from mailtide_common.contracts.events import Unannounced
from mailtide_common.contracts.times import UnixMicros, UnixSeconds, in_seconds

ANNOUNCED_SECONDS = 300
"""Time in which a notification should arrive; the slowest providers take up to 5 minutes (docs: Webhooks, latency)."""


def unannounced(dates: Iterable[UnixSeconds | None], listed_at: UnixMicros) -> Unannounced | None:
    """Return the number and range of dates of messages with an overdue notification, or None if there are none.

    A notification is overdue `ANNOUNCED_SECONDS` after the date of its message. `dates` are those of messages
    that are listed but not stored.
    """
    latest = in_seconds(listed_at) - ANNOUNCED_SECONDS
    late = [date for date in dates if date is not None and date < latest]
    return Unannounced(messages=len(late), oldest=min(late), newest=max(late)) if late else None


def together(one: Unannounced | None, other: Unannounced | None) -> Unannounced | None:
    """Add two counts, and combine their ranges of dates. None counts as no messages."""
    if one is None or other is None:
        return one or other
    return Unannounced(
        messages=one.messages + other.messages,
        oldest=min(one.oldest, other.oldest),
        newest=max(one.newest, other.newest),
    )
