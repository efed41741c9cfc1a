"""Counts new mail that no notification announced in time, which shows that webhooks are lost. Pure."""

from collections.abc import Iterable

from mailtide_common.contracts.events import Unannounced
from mailtide_common.contracts.times import UnixMicros, UnixSeconds, in_seconds

ANNOUNCED_SECONDS = 300
"""Time within which a notification arrives: the slowest providers take up to 5 minutes (docs: Webhooks, latency)."""


def unannounced(dates: Iterable[UnixSeconds | None], listed_at: UnixMicros) -> Unannounced | None:
    """Return those unknown messages that a notification should have announced.

    Args:
        dates: of messages that are listed but not in the database; None is ignored.
        listed_at: when.
    """
    latest = in_seconds(listed_at) - ANNOUNCED_SECONDS
    late = [date for date in dates if date is not None and date < latest]
    return Unannounced(messages=len(late), oldest=min(late), newest=max(late)) if late else None


def together(one: Unannounced | None, other: Unannounced | None) -> Unannounced | None:
    """Add the counts of two pages."""
    if one is None or other is None:
        return one or other
    return Unannounced(
        messages=one.messages + other.messages,
        oldest=min(one.oldest, other.oldest),
        newest=max(one.newest, other.newest),
    )
