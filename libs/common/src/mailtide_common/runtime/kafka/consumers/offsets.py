"""Which offset may be committed when records of a partition finish out of order (INV-2)."""

from collections import deque


class OffsetTracker:
    """The unfinished offsets of one partition while this process owns it."""

    def __init__(self) -> None:
        """Nothing is in flight; `live` ends when the partition is revoked."""
        self.live = True
        self._started: deque[int] = deque()
        self._finished: set[int] = set()
        self._commit: int | None = None

    def start(self, offset: int) -> None:
        """Note a record that is now being worked on; offsets come in ascending order."""
        self._started.append(offset)

    def finish(self, offset: int) -> None:
        """Note a record that is done with."""
        self._finished.add(offset)
        while self._started and self._started[0] in self._finished:
            first = self._started.popleft()
            self._finished.discard(first)
            self._commit = first + 1

    def take_commit(self) -> int | None:
        """The offset to commit, once: everything below it is finished. None when nothing moved."""
        commit, self._commit = self._commit, None
        return commit

    @property
    def in_flight(self) -> int:
        """How many records are not finished, or finished behind an unfinished one."""
        return len(self._started)
