"""Determines which offset may be committed when the records of a partition finish out of order (INV-2)."""

from collections import deque


class OffsetTracker:
    """The unfinished offsets of a partition, for as long as it is assigned to this process."""

    def __init__(self) -> None:
        """Nothing is in flight; `live` ends when the partition is revoked."""
        self.live = True
        self._started: deque[int] = deque()
        self._finished: set[int] = set()
        self._commit: int | None = None

    def start(self, offset: int) -> None:
        """Note a record that work has begun on; offsets arrive in ascending order."""
        self._started.append(offset)

    def finish(self, offset: int) -> None:
        """Note a record that is finished."""
        self._finished.add(offset)
        while self._started and self._started[0] in self._finished:
            first = self._started.popleft()
            self._finished.discard(first)
            self._commit = first + 1

    def take_commit(self) -> int | None:
        """Return the offset to commit, before which all is finished; None if it has not advanced since last time."""
        commit, self._commit = self._commit, None
        return commit

    @property
    def in_flight(self) -> int:
        """The number of records that are not finished, or finished behind an unfinished one."""
        return len(self._started)
