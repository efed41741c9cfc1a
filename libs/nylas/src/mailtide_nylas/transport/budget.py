"""Limits the bytes of answers that a process holds in memory, whatever Nylas sends (INV-33).

All answers share one budget. When it is used up, one answer at a time may exceed it, so that at least one
answer can always be completed. The other answers are not read meanwhile; they wait in the order in which they
asked for bytes.
"""

import asyncio
from collections import deque
from types import TracebackType
from typing import Self

POT_BYTES = 24 * 1024 * 1024

STEP_BYTES = 256 * 1024
"""Bytes that an answer takes from the budget in one step; most answers need only one."""


class Budget:
    """The budget of a process, in inflated bytes. A parsed answer takes one to four times as much memory."""

    def __init__(self, pot_bytes: int = POT_BYTES) -> None:
        self._free = pot_bytes
        self._beyond: Reservation | None = None
        self._waiting: deque[tuple[Reservation, asyncio.Future[None]]] = deque()

    def reserve(self) -> "Reservation":
        """Return an empty reservation for one answer. The caller must release it, preferably by `with`."""
        return Reservation(self)

    async def take(self, reservation: "Reservation") -> None:
        """Wait until `STEP_BYTES` are available, and add them to a reservation."""
        if (self._beyond is reservation or not self._waiting) and self._give(reservation):
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append((reservation, waiter))
        try:
            await waiter
        except asyncio.CancelledError:
            if (reservation, waiter) in self._waiting:
                self._waiting.remove((reservation, waiter))
            raise

    def put_back(self, reservation: "Reservation", pot_bytes: int) -> None:
        """Take back the bytes of a reservation: `pot_bytes` of the budget, and all bytes beyond it.

        Those that wait get the bytes.
        """
        self._free += pot_bytes
        if self._beyond is reservation:
            self._beyond = None
        while self._waiting and self._give(self._waiting[0][0]):
            _, waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)

    def _give(self, reservation: "Reservation") -> bool:
        if self._free >= STEP_BYTES and self._beyond is not reservation:
            self._free -= STEP_BYTES
            reservation.from_pot += STEP_BYTES
        elif self._beyond is None or self._beyond is reservation:
            self._beyond = reservation
            reservation.beyond += STEP_BYTES
        else:
            return False
        return True


class Reservation:
    """The bytes that one answer holds. After their release, it can hold the bytes of another answer."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.from_pot = 0
        """Bytes taken from the budget."""
        self.beyond = 0
        """Bytes taken beyond the budget."""
        self.size = 0
        """Bytes of the current answer."""

    async def grow(self, size: int) -> None:
        """Wait until the answer may hold `size` bytes in total."""
        self.size = size
        while self.from_pot + self.beyond < size:
            await self._budget.take(self)

    def release(self) -> None:
        """Release all bytes. Safe to repeat."""
        taken, self.from_pot, self.beyond, self.size = self.from_pot, 0, 0, 0
        self._budget.put_back(self, taken)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
