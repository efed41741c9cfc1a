"""Determines where a slice of a listing ends and the next one continues. Pure.

Between slices the position is a date, because Nylas lists newest first (docs: Messages). Page tokens are used
only within a slice.
"""

from collections import deque
from collections.abc import Sequence
from statistics import median_low

from mailtide_common.contracts.times import UnixSeconds

TAIL = 5
"""Number of dates at a slice's end whose median determines where the next slice begins. A single implausible
date thus causes no messages to be skipped."""

NEAR_SECONDS = 366 * 86_400
"""A message older than the start of the next slice by more than this has an implausible date. This slice
publishes it."""


class ListingSlice:
    """Tracks the pages of a slice and their dates, and determines where the slice ends.

    Args:
        max_pages: number of pages after which the slice ends. A slice gets longer while the next one could
            not begin at an earlier date.
        until: the date below which this slice lists; None if it begins at the newest message.
    """

    def __init__(self, max_pages: int, until: UnixSeconds | None = None) -> None:
        self._max_pages = max_pages
        self._until = until
        self._pages = 0
        self._tail: deque[UnixSeconds] = deque(maxlen=TAIL)
        self._newest: UnixSeconds | None = None

    def add(self, dates: Sequence[UnixSeconds | None]) -> None:
        """Add a page, by the dates of its messages in listed order. None stands for an unknown date."""
        self._pages += 1
        known = [date for date in dates if date is not None]
        self._tail.extend(known)
        if known:
            newest = max(known)
            self._newest = newest if self._newest is None else max(self._newest, newest)

    def end(self) -> None:
        """End the slice with the next added page.

        If the slice has made no progress by then, it continues until it has.
        """
        self._max_pages = self._pages

    def next_until(self) -> UnixSeconds | None:
        """Return the date below which the next slice lists, or None while this slice must continue."""
        return self.reached() if self._pages >= self._max_pages else None

    def reached(self) -> UnixSeconds | None:
        """Return the date below which the next slice can list, or None if this slice has made no progress.

        It is the second after the median of the last `TAIL` dates. The next slice lists the median's second
        again, because this slice may have listed it incompletely.
        """
        if not self._tail or self._newest is None:
            return None
        below = UnixSeconds(median_low(self._tail) + 1)
        advances = below <= self._newest and (self._until is None or below < self._until)
        return below if advances else None

    def left_to_next(self, date: UnixSeconds | None) -> bool:
        """Return whether this slice skips messages of `date`, because the next slice lists them."""
        below = self.next_until()
        return date is not None and below is not None and below - NEAR_SECONDS <= date < below
