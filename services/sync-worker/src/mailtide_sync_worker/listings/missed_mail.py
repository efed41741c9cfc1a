"""Counts new mail without a timely notification, which shows that webhooks are lost. Pure."""

from collections.abc import Iterable

from mailtide_common.contracts.events import Unannounced
from mailtide_common.contracts.times import UnixMicros, UnixSeconds, in_seconds

ANNOUNCED_SECONDS = 300
"""Time in which a notification should arrive; the slowest providers take up to 5 minutes (docs: Webhooks, latency)."""


def unannounced(dates: Iterable[UnixSeconds | None], listed_at: UnixMicros) -> Unannounced | None:
    """Return the number and the range of dates of messages whose notification is overdue; None if there are none.

    It is overdue `ANNOUNCED_SECONDS` after the message's date.

    Args:
        dates: dates of messages that are listed but not in the database; None is ignored.
        listed_at: when they were listed.
    """
    latest = in_seconds(listed_at) - ANNOUNCED_SECONDS
    late = [date for date in dates if date is not None and date < latest]
    return Unannounced(messages=len(late), oldest=min(late), newest=max(late)) if late else None


def together(one: Unannounced | None, other: Unannounced | None) -> Unannounced | None:
    """Return the sum of two counts, with the range of dates of both; None if both are None."""
    if one is None or other is None:
        return one or other
    return Unannounced(
        messages=one.messages + other.messages,
        oldest=min(one.oldest, other.oldest),
        newest=max(one.newest, other.newest),
    )
