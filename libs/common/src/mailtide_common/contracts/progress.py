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
    """The date from which it lists, going back in time."""
    until: UnixSeconds | None
    """The date down to which it has come."""
    oldest: UnixSeconds | None
    """The date of the oldest message in the mailbox."""
    start_date: UnixSeconds | None
    """Mail before this is not listed."""
    busy_seconds: float
    """Seconds that workers have spent on it, over all slices, without pauses and throttling."""


def fraction(listing: Listing) -> float | None:
    """Return the finished share of the time span of the mail, 0 to 1; None if it cannot be determined."""
    if listing.watermark is None or listing.until is None or listing.oldest is None:
        return None
    end = max(listing.oldest, listing.start_date if listing.start_date is not None else listing.oldest)
    span = listing.watermark - end
    if span <= 0:
        return None
    return min(max((listing.watermark - listing.until) / span, 0.0), 1.0)


def seconds_left(listing: Listing) -> float | None:
    """Return the estimated seconds of work that are left, at the pace so far, which excludes pauses between slices.

    None if `fraction` is None or too small.
    """
    done = fraction(listing)
    if done is None or done < LEAST_FRACTION:
        return None
    return listing.busy_seconds * (1.0 - done) / done


def progress(listing: Listing, *, running: bool) -> Progress:
    """Return the progress for the API, rounded."""
    done, left = fraction(listing), seconds_left(listing)
    return Progress(
        running=running,
        listed_down_to=listing.until,
        fraction=None if done is None else round(done, 4),
        seconds_left=None if left is None else round(left, 1),
    )
