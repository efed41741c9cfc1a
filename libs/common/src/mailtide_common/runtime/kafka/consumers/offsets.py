"""Determines which offset may be committed if records of a partition finish out of order (INV-2)."""

import asyncio
from collections import deque


class OffsetTracker:
    """Tracks the unfinished records of an assigned partition.

    Attributes:
        revoked: set when the partition is revoked from this process, or the process stops.
    """

    def __init__(self) -> None:
        self.revoked = asyncio.Event()
        self._started: deque[int] = deque()
        self._finished: set[int] = set()
        self._commit: int | None = None

    def start(self, offset: int) -> None:
        """Add a record that was read. Offsets must ascend."""
        self._started.append(offset)

    def finish(self, offset: int) -> None:
        """Mark a record as finished."""
        self._finished.add(offset)
        while self._started and self._started[0] in self._finished:
            first = self._started.popleft()
            self._finished.discard(first)
            self._commit = first + 1

    def take_commit(self) -> int | None:
        """Return the offset to commit, or None if it is unchanged since the last call.

        All records before this offset are finished.
        """
        commit, self._commit = self._commit, None
        return commit

    def put_back(self, commit: int) -> None:
        """Take back an offset that could not be committed. `take_commit` then returns it, or a later one."""
        self._commit = max(commit, self._commit or 0)

    @property
    def in_flight(self) -> int:
        """The number of records from the first unfinished record on."""
        return len(self._started)
