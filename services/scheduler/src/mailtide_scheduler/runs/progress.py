"""How far a listing has come, and how long it will still take. Pure."""

from dataclasses import dataclass

from mailtide_common.contracts.api.runs import Progress

LEAST_FRACTION = 0.001
"""Before that, any estimate is a guess."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing that goes from new to old; all moments in unix seconds, as Nylas dates mail."""

    watermark: int | None
    """Where it began: now, then."""
    until: int | None
    """Down to where it has come."""
    oldest: int | None
    """The mailbox's oldest message."""
    start_date: int | None
    """Before that nothing is wanted."""
    busy_seconds: float
    """That workers had it, over all slices: waiting for a paused account or a throttled one is no work."""


def fraction(listing: Listing) -> float | None:
    """The share that is done, by the time that the mail spans; None while it cannot be told."""
    if listing.watermark is None or listing.until is None or listing.oldest is None:
        return None
    end = max(listing.oldest, listing.start_date if listing.start_date is not None else listing.oldest)
    span = listing.watermark - end
    if span <= 0:
        return None
    return min(max((listing.watermark - listing.until) / span, 0.0), 1.0)


def seconds_left(listing: Listing) -> float | None:
    """Seconds until the end, at the pace so far; None while it cannot be told."""
    done = fraction(listing)
    if done is None or done < LEAST_FRACTION:
        return None
    return listing.busy_seconds * (1.0 - done) / done


def progress(listing: Listing, *, running: bool) -> Progress:
    """The listing as the API shows it."""
    done, left = fraction(listing), seconds_left(listing)
    return Progress(
        running=running,
        listed_down_to=listing.until,
        fraction=None if done is None else round(done, 4),
        seconds_left=None if left is None else round(left, 1),
    )
