"""Bounds the bytes of answers that a process holds at once, whatever Nylas sends (INV-33).

All answers share one budget. When it is used up, one answer at a time may exceed it, up to its own limit, so that
some answer always completes; the others wait in the order of their arrival, without reading.
"""

import asyncio
from collections import deque
from types import TracebackType
from typing import Self

POT_BYTES = 24 * 1024 * 1024

STEP_BYTES = 256 * 1024
"""The step in which an answer takes bytes from the budget; most answers need one step."""


class Budget:
    """The budget of a process, in inflated bytes. Parsed, they take one to four times as much memory."""

    def __init__(self, pot_bytes: int = POT_BYTES) -> None:
        self._free = pot_bytes
        self._beyond: Reservation | None = None
        self._waiting: deque[tuple[Reservation, asyncio.Future[None]]] = deque()

    def reserve(self) -> "Reservation":
        """Return a reservation for one answer and its parsed form; it is empty at first."""
        return Reservation(self)

    async def take(self, reservation: "Reservation") -> None:
        """Reserve the next step of an answer's memory, waiting until there is room."""
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
        """Return the bytes that an answer took from the budget and beyond it."""
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
    """The share of one answer in the budget until it is released; can be reused for one answer after another."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.from_pot = 0
        self.beyond = 0
        self.size = 0
        """Bytes of the present answer."""

    async def grow(self, size: int) -> None:
        """Wait until the answer may hold this many bytes."""
        self.size = size
        while self.from_pot + self.beyond < size:
            await self._budget.take(self)

    def release(self) -> None:
        """Release the bytes of the answer. Can be repeated."""
        taken, self.from_pot, self.beyond, self.size = self.from_pot, 0, 0, 0
        self._budget.put_back(self, taken)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release."""
        self.release()
