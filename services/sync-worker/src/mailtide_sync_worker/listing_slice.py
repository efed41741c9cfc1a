"""Where one slice of a listing ends and the next one goes on. Pure.

Page tokens are used inside a slice only, so a lost token, worker or hour costs one slice. Between slices the
place is a date: Nylas lists newest first (docs: Messages).
"""

from collections.abc import Sequence

from .message import Message


class ListingSlice:
    """Counts pages and remembers the dates that were seen."""

    def __init__(self, max_pages: int, until: int | None = None) -> None:
        """End after `max_pages`, or later while the next slice would begin no earlier than this one did.

        Args:
            max_pages: pages that a slice shall have.
            until: where this slice began, in unix seconds; None at the newest.
        """
        self._max_pages = max_pages
        self._until = until
        self._pages = 0
        self._oldest: int | None = None
        self._newest: int | None = None

    def add(self, messages: Sequence[Message]) -> None:
        """Take a page into account."""
        self._pages += 1
        for message in messages:
            date = message.content.date
            if date is not None:
                self._oldest = date if self._oldest is None else min(self._oldest, date)
                self._newest = date if self._newest is None else max(self._newest, date)

    def next_until(self) -> int | None:
        """Unix seconds below which the next slice lists; None while this one must go on.

        The oldest second may be cut by the page's end, so the next slice lists it again.
        """
        if self._pages < self._max_pages or self._oldest is None or self._newest is None:
            return None
        below = self._oldest + 1
        advances = self._oldest < self._newest and (self._until is None or below < self._until)
        return below if advances else None

    def of_whole_seconds(self, messages: Sequence[Message]) -> list[Message]:
        """The messages that the next slice will not list again, so that each one counts once."""
        return [m for m in messages if m.content.date is None or m.content.date != self._oldest]
