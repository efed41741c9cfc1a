"""Counts new mail that no notification announced in time, which shows that webhooks are lost. Pure."""

from collections.abc import Iterable

from mailtide_common.contracts.events import Unannounced
from mailtide_common.contracts.versions import MICROSECONDS

ANNOUNCED_SECONDS = 300
"""Time within which a notification arrives: the slowest providers take up to 5 minutes (docs: Webhooks, latency)."""


def unannounced(dates: Iterable[int | None], listed_at: int) -> Unannounced | None:
    """Return those unknown messages that a notification should have announced.

    Args:
        dates: unix seconds of messages that are listed but not in the database; None is ignored.
        listed_at: microseconds since 1970.
    """
    latest = listed_at // MICROSECONDS - ANNOUNCED_SECONDS
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
