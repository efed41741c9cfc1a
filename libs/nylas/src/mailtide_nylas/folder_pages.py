"""Collects the pages of a folder listing, and detects one that does not end."""

from collections.abc import Mapping
from typing import Any

from .decoding.answers import cursor_of, list_of, read
from .errors import NylasTransientError
from .models import Folder

IDLE_PAGES = 10
"""Pages in a row without a new folder, after which the listing fails."""

MOST_PAGES = 400
"""Most pages of a listing; a mailbox with more folders than these hold is implausible."""


class FolderPages:
    """Collects the folders of one listing, page by page."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._cursors: set[str] = set()
        self._ids: set[str] = set()
        self._idle = 0
        self.folders: list[Folder] = []

    def add(self, answer: Mapping[str, Any]) -> str | None:
        """Add a page; return the cursor to the next one, or None if it was the last.

        Raises:
            NylasTransientError: the answer is not a page, or the listing does not end: a cursor is repeated,
                `IDLE_PAGES` in a row have no new folder, or there are more than `MOST_PAGES`.
        """
        page = [read(Folder, item, self._endpoint) for item in list_of(self._endpoint, answer)]
        known = len(self._ids)
        self._ids.update(folder.id for folder in page)
        self._idle = self._idle + 1 if len(self._ids) == known else 0
        self.folders += page
        cursor = cursor_of(self._endpoint, answer)
        if cursor is None:
            return None
        if cursor in self._cursors:
            raise NylasTransientError(
                "a page's next_cursor is that of an earlier page", endpoint=self._endpoint
            )
        if self._idle >= IDLE_PAGES:
            raise NylasTransientError(
                f"{IDLE_PAGES} pages in a row have no new folder", endpoint=self._endpoint
            )
        if len(self._cursors) >= MOST_PAGES:
            raise NylasTransientError(f"more than {MOST_PAGES} pages of folders", endpoint=self._endpoint)
        self._cursors.add(cursor)
        return cursor
