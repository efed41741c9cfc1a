"""How many bytes of answers a process holds at once, whatever Nylas answers.

Answers share a pot. Where it is empty, one answer at a time may go on beyond it, up to its own limit, so that the
others always have somebody to wait for; all others wait, without reading, in the order in which they came.
"""

import asyncio
from collections import deque
from types import TracebackType
from typing import Self

POT_BYTES = 24 * 1024 * 1024

STEP_BYTES = 256 * 1024
"""What an answer takes at once; most answers never ask again."""


class Budget:
    """The bytes that are held, counted as they are inflated. Parsed they are one to four times as many."""

    def __init__(self, pot_bytes: int = POT_BYTES) -> None:
        self._free = pot_bytes
        self._beyond: Hold | None = None
        self._waiting: deque[tuple[Hold, asyncio.Future[None]]] = deque()

    def hold(self) -> "Hold":
        """What one answer, and what was made of it, will take; nothing yet."""
        return Hold(self)

    async def take(self, hold: "Hold") -> None:
        """Take a step for an answer, once there is room for it."""
        if (self._beyond is hold or not self._waiting) and self._give(hold):
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append((hold, waiter))
        try:
            await waiter
        except asyncio.CancelledError:
            if (hold, waiter) in self._waiting:
                self._waiting.remove((hold, waiter))
            raise

    def put_back(self, hold: "Hold", pot_bytes: int) -> None:
        """Let others have what an answer took of the pot, and beyond it."""
        self._free += pot_bytes
        if self._beyond is hold:
            self._beyond = None
        while self._waiting and self._give(self._waiting[0][0]):
            _, waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)

    def _give(self, hold: "Hold") -> bool:
        if self._free >= STEP_BYTES and self._beyond is not hold:
            self._free -= STEP_BYTES
            hold.from_pot += STEP_BYTES
        elif self._beyond is None or self._beyond is hold:
            self._beyond = hold
            hold.beyond += STEP_BYTES
        else:
            return False
        return True


class Hold:
    """What one answer takes of the budget until it is released; may be used for one answer after another."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.from_pot = 0
        self.beyond = 0
        self.size = 0
        """Bytes of the answer that it is used for."""

    async def grow(self, size: int) -> None:
        """Make room for an answer of so many bytes so far."""
        self.size = size
        while self.from_pot + self.beyond < size:
            await self._budget.take(self)

    def release(self) -> None:
        """Nothing of the answer is held any more. May be repeated."""
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
