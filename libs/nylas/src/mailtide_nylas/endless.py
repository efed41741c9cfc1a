"""Detects a listing that does not end (INV-22). Pure."""

from collections.abc import Iterable

from .errors import NylasTransientError

IDLE_PAGES = 10
"""Pages in a row without a new entry, after which a listing fails; a provider's filter may leave a few empty."""


class EndlessListing:
    """Compares the pages of one listing with the earlier ones."""

    def __init__(self, most_pages: int, *, endpoint: str = "") -> None:
        """Watch a listing that may have at most `most_pages` pages; the error of `check` names `endpoint`."""
        self._most_pages = most_pages
        self._endpoint = endpoint
        self._cursors: set[str] = set()
        self._shown: set[str] = set()
        self._idle = 0

    def check(self, ids: Iterable[str], cursor: str) -> None:
        """Check a page by the ids of its entries and the cursor to the next page.

        Raises:
            NylasTransientError: the listing does not end: a cursor is repeated, `IDLE_PAGES` in a row have no new
                entry, or there are more pages than permitted.
        """
        before = len(self._shown)
        self._shown.update(ids)
        self._idle = self._idle + 1 if len(self._shown) == before else 0
        if cursor in self._cursors:
            self._fail("a page's cursor is that of an earlier page")
        self._cursors.add(cursor)
        if self._idle >= IDLE_PAGES:
            self._fail(f"{self._idle} pages in a row have no new entry")
        if len(self._cursors) >= self._most_pages:
            self._fail(f"it has more than {self._most_pages} pages")

    def _fail(self, reason: str) -> None:
        raise NylasTransientError(f"the listing does not end: {reason}", endpoint=self._endpoint)
