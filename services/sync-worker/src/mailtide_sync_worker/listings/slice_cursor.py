"""Determines where a slice of a listing ends and the next one continues. Pure.

Page tokens are used inside a slice only, so a lost token, worker or hour costs one slice. Between slices the
position is a date: Nylas lists newest first (docs: Messages).
"""

from collections import deque
from collections.abc import Sequence
from statistics import median_low

from mailtide_common.contracts.times import UnixSeconds

TAIL = 5
"""Dates at a slice's end that decide where the next one begins: an absurd date of one message must not, or
the messages between would be skipped."""

NEAR_SECONDS = 366 * 86_400
"""A date further below a slice's end is absurd, rather than the next slice's."""


class ListingSlice:
    """Counts pages and remembers their dates."""

    def __init__(self, max_pages: int, until: UnixSeconds | None = None) -> None:
        """End after `max_pages`, or later while the next slice would begin no earlier than this one did.

        Args:
            max_pages: pages of a slice.
            until: where this slice began; None at the newest.
        """
        self._max_pages = max_pages
        self._until = until
        self._pages = 0
        self._tail: deque[UnixSeconds] = deque(maxlen=TAIL)
        self._newest: UnixSeconds | None = None

    def add(self, dates: Sequence[UnixSeconds | None]) -> None:
        """Process a page.

        Args:
            dates: of its messages in their order; None where unknown.
        """
        self._pages += 1
        known = [date for date in dates if date is not None]
        self._tail.extend(known)
        if known:
            newest = max(known)
            self._newest = newest if self._newest is None else max(self._newest, newest)

    def end(self) -> None:
        """End with the next page, although more would be allowed."""
        self._max_pages = self._pages

    def next_until(self) -> UnixSeconds | None:
        """Return the date below which the next slice lists; None while this one must continue."""
        return self.reached() if self._pages >= self._max_pages else None

    def reached(self) -> UnixSeconds | None:
        """Return the date below which a failed listing continues; None if it has made no progress.

        The second that it ends in may be cut by the page's end, so it is listed again.
        """
        if not self._tail or self._newest is None:
            return None
        below = UnixSeconds(median_low(self._tail) + 1)
        advances = below <= self._newest and (self._until is None or below < self._until)
        return below if advances else None

    def left_to_next(self, date: UnixSeconds | None) -> bool:
        """Return whether the next slice lists messages of this date again, so that this one skips them."""
        below = self.next_until()
        return date is not None and below is not None and below - NEAR_SECONDS <= date < below
