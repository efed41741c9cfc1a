"""Estimates the progress of a listing and its remaining time. Pure."""

from dataclasses import dataclass

from mailtide_common.contracts.api.runs import Progress
from mailtide_common.contracts.times import UnixSeconds

LEAST_FRACTION = 0.001
"""Smallest share at which a remaining time is estimated."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing from new to old, by the dates that Nylas gives mail."""

    watermark: UnixSeconds | None
    """Where it began: the present, at that time."""
    until: UnixSeconds | None
    """Where it has arrived."""
    oldest: UnixSeconds | None
    """The mailbox's oldest message."""
    start_date: UnixSeconds | None
    """Mail before this is not listed."""
    busy_seconds: float
    """Time that workers spent on it, over all slices; waiting for a paused or throttled account does not count."""


def fraction(listing: Listing) -> float | None:
    """Return the finished share of the time that the mail spans; None if unknown."""
    if listing.watermark is None or listing.until is None or listing.oldest is None:
        return None
    end = max(listing.oldest, listing.start_date if listing.start_date is not None else listing.oldest)
    span = listing.watermark - end
    if span <= 0:
        return None
    return min(max((listing.watermark - listing.until) / span, 0.0), 1.0)


def seconds_left(listing: Listing) -> float | None:
    """Return the seconds until the end at the present pace; None if unknown."""
    done = fraction(listing)
    if done is None or done < LEAST_FRACTION:
        return None
    return listing.busy_seconds * (1.0 - done) / done


def progress(listing: Listing, *, running: bool) -> Progress:
    """Return the listing as the API shows it; `listed_down_to` may be absurd."""
    done, left = fraction(listing), seconds_left(listing)
    return Progress(
        running=running,
        listed_down_to=listing.until,
        fraction=None if done is None else round(done, 4),
        seconds_left=None if left is None else round(left, 1),
    )
