"""Detects a listing that does not end (INV-22), without I/O."""

from collections.abc import Iterable

from .errors import NylasTransientError

IDLE_PAGES = 10
"""A listing fails after this many pages in a row without a new entry. Filters may leave some pages empty."""


class EndlessListing:
    """Compares each page of one listing with the earlier pages."""

    def __init__(self, most_pages: int, *, endpoint: str = "") -> None:
        """Begin a listing of at most `most_pages` pages. Errors name `endpoint`."""
        self._most_pages = most_pages
        self._endpoint = endpoint
        self._cursors: set[str] = set()
        self._shown: set[str] = set()
        self._idle = 0

    def check(self, ids: Iterable[str], cursor: str) -> None:
        """Check a page, given the ids of its entries and the cursor to the next page.

        Raises:
            NylasTransientError: a cursor is repeated, `IDLE_PAGES` pages in a row have no new entry, or the
                listing has more than `most_pages` pages.
        """
        before = len(self._shown)
        self._shown.update(ids)
        self._idle = self._idle + 1 if len(self._shown) == before else 0
        if cursor in self._cursors:
            self._fail("two pages have the same cursor")
        self._cursors.add(cursor)
        if self._idle >= IDLE_PAGES:
            self._fail(f"{self._idle} pages in a row have no new entry")
        if len(self._cursors) >= self._most_pages:
            self._fail(f"it has more than {self._most_pages} pages")

    def _fail(self, reason: str) -> None:
        raise NylasTransientError(f"the listing does not end: {reason}", endpoint=self._endpoint)
