"""Estimates the progress of a listing and its remaining time. Pure."""

from dataclasses import dataclass

from .api.runs import Progress
from .times import UnixSeconds

LEAST_FRACTION = 0.001
"""Smallest finished share for which the remaining time is estimated."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The position of a listing that goes from new to old messages, by their dates."""

    watermark: UnixSeconds | None
    """The date at which the listing begins. It continues back in time."""
    until: UnixSeconds | None
    """The date that the listing has reached."""
    oldest: UnixSeconds | None
    """The approximate date of the oldest message in the mailbox."""
    start_date: UnixSeconds | None
    """Earlier mail is not listed; None if there is no such limit."""
    busy_seconds: float
    """Seconds from each slice's request to its report, summed over the slices so far. Pauses, failed attempts
    and `SyncProgressed.aside_seconds` are left out."""


def fraction(listing: Listing) -> float | None:
    """Return the listed share of the mail's time span, from 0 to 1, or None if it cannot be determined."""
    if listing.watermark is None or listing.until is None or listing.oldest is None:
        return None
    end = max(listing.oldest, listing.start_date if listing.start_date is not None else listing.oldest)
    span = listing.watermark - end
    if span <= 0:
        return None
    return min(max((listing.watermark - listing.until) / span, 0.0), 1.0)


def seconds_left(listing: Listing) -> float | None:
    """Return the estimated seconds of work that are left, without pauses between slices.

    Return None if `fraction` is None or less than `LEAST_FRACTION`.
    """
    done = fraction(listing)
    if done is None or done < LEAST_FRACTION:
        return None
    return listing.busy_seconds * (1.0 - done) / done


def progress(listing: Listing, *, running: bool) -> Progress:
    """Return the progress for the API, with rounded numbers."""
    done, left = fraction(listing), seconds_left(listing)
    return Progress(
        running=running,
        listed_down_to=listing.until,
        fraction=None if done is None else round(done, 4),
        seconds_left=None if left is None else round(left, 1),
    )
