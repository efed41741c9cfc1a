"""Determines where a slice of a listing ends and the next one continues. Pure.

Page tokens are used only within a slice, so a lost token or worker costs one slice at most. Between slices the
position is a date, because Nylas lists newest first (docs: Messages).
"""

from collections import deque
from collections.abc import Sequence
from statistics import median_low

from mailtide_common.contracts.times import UnixSeconds

TAIL = 5
"""Number of dates at a slice's end that determine where the next one begins, so that a single implausible date does not
cause messages to be skipped."""

NEAR_SECONDS = 366 * 86_400
"""A date this far below the others of a slice's end counts as implausible."""


class ListingSlice:
    """Tracks the pages of a slice and their dates, and determines where the slice ends.

    Args:
        max_pages: pages of a slice; it gets longer while the next slice could not begin at an earlier date.
        until: where this slice began; None if at the newest message.
    """

    def __init__(self, max_pages: int, until: UnixSeconds | None = None) -> None:
        self._max_pages = max_pages
        self._until = until
        self._pages = 0
        self._tail: deque[UnixSeconds] = deque(maxlen=TAIL)
        self._newest: UnixSeconds | None = None

    def add(self, dates: Sequence[UnixSeconds | None]) -> None:
        """Add a page by the dates of its messages, in listed order; None stands for an unknown date."""
        self._pages += 1
        known = [date for date in dates if date is not None]
        self._tail.extend(known)
        if known:
            newest = max(known)
            self._newest = newest if self._newest is None else max(self._newest, newest)

    def end(self) -> None:
        """End the slice with the next added page, or with a later one if the slice has made no progress by then."""
        self._max_pages = self._pages

    def next_until(self) -> UnixSeconds | None:
        """Return the date below which the next slice lists; None while this one must continue."""
        return self.reached() if self._pages >= self._max_pages else None

    def reached(self) -> UnixSeconds | None:
        """Return the date below which the next slice can list; None if this slice has made no progress.

        The last second may have been listed incompletely, so it is listed again.
        """
        if not self._tail or self._newest is None:
            return None
        below = UnixSeconds(median_low(self._tail) + 1)
        advances = below <= self._newest and (self._until is None or below < self._until)
        return below if advances else None

    def left_to_next(self, date: UnixSeconds | None) -> bool:
        """Return whether this slice skips messages of a date, because the next slice lists them."""
        below = self.next_until()
        return date is not None and below is not None and below - NEAR_SECONDS <= date < below
