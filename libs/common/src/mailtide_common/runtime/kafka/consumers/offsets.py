"""Determines which offset may be committed when the records of a partition finish out of order (INV-2)."""

from collections import deque


class OffsetTracker:
    """The unfinished offsets of a partition that is assigned to this process."""

    def __init__(self) -> None:
        """Create a tracker without records; set `live` to False when the partition is revoked."""
        self.live = True
        self._started: deque[int] = deque()
        self._finished: set[int] = set()
        self._commit: int | None = None

    def start(self, offset: int) -> None:
        """Add a record that was read; call it in ascending order of offsets."""
        self._started.append(offset)

    def finish(self, offset: int) -> None:
        """Mark a record as finished."""
        self._finished.add(offset)
        while self._started and self._started[0] in self._finished:
            first = self._started.popleft()
            self._finished.discard(first)
            self._commit = first + 1

    def take_commit(self) -> int | None:
        """Return the offset to commit, before which all records are finished; None if unchanged since the last call."""
        commit, self._commit = self._commit, None
        return commit

    def put_back(self, commit: int) -> None:
        """Keep an offset that was taken, but could not be committed, unless there is a later one."""
        self._commit = max(commit, self._commit or 0)

    @property
    def in_flight(self) -> int:
        """The number of records that are not finished, or finished behind an unfinished one."""
        return len(self._started)
