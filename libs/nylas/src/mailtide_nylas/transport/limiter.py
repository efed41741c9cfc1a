"""Limits the calls for each grant: a few at a time, and none before its `Retry-After` has passed (INV-31)."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import ceil

from mailtide_nylas.errors import NylasThrottledError, ThrottleScope

REQUESTS_AT_ONCE = 3
"""Concurrent calls per grant. Microsoft allows four per application and mailbox; one is left for other
requests."""

MAX_WAIT_SECONDS = 60.0
"""Longest wait for a slot, after which the call is refused."""


@dataclass(slots=True)
class _GrantSlots:
    """The slots of one grant, and its block."""

    semaphore: asyncio.Semaphore
    users: int = 0
    """Calls that hold a slot or wait for one."""
    blocked_until: float = 0.0
    """When the block ends, in seconds of the limiter's clock."""
    scope: ThrottleScope = "provider"
    """The scope of the 429 that caused the block."""


class GrantLimiter:
    """Limits the calls of this process for each grant. Entries of idle grants are removed."""

    def __init__(
        self,
        at_once: int = REQUESTS_AT_ONCE,
        *,
        max_wait_seconds: float = MAX_WAIT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at_once = at_once
        self._max_wait_seconds = max_wait_seconds
        self._clock = clock
        self._slots: dict[str, _GrantSlots] = {}

    def __len__(self) -> int:
        """Return the number of grants with calls or a block. Expired blocks count until they are removed."""
        return len(self._slots)

    @asynccontextmanager
    async def slot(self, grant_id: str) -> AsyncIterator[None]:
        """Wait for one of the grant's slots, and hold it while the context lasts.

        Raises:
            NylasThrottledError: the grant is blocked, or no slot became free within `max_wait_seconds`.
        """
        slots = self._slots.setdefault(grant_id, _GrantSlots(asyncio.Semaphore(self._at_once)))
        slots.users += 1
        try:
            self._refuse_if_blocked(slots)
            await self._acquire(slots)
            try:
                self._refuse_if_blocked(slots)
                yield
            finally:
                slots.semaphore.release()
        finally:
            slots.users -= 1
            self._drop_idle(grant_id, slots)

    def block(self, grant_id: str, seconds: float, scope: ThrottleScope = "provider") -> None:
        """Refuse calls for a grant that have not begun, for some seconds. A block that lasts longer is kept.

        `scope` becomes that of the `NylasThrottledError`.
        """
        slots = self._slots.setdefault(grant_id, _GrantSlots(asyncio.Semaphore(self._at_once)))
        until = self._clock() + seconds
        if until > slots.blocked_until:
            slots.blocked_until, slots.scope = until, scope
        self._drop_expired()

    async def _acquire(self, slots: _GrantSlots) -> None:
        try:
            async with asyncio.timeout(self._max_wait_seconds):
                await slots.semaphore.acquire()
        except TimeoutError as error:
            raise NylasThrottledError(
                f"no slot became free within {self._max_wait_seconds:g} s: other calls for this grant still run",
                retry_after_seconds=None,
                scope="provider",
            ) from error

    def _refuse_if_blocked(self, slots: _GrantSlots) -> None:
        left = slots.blocked_until - self._clock()
        if left > 0:
            raise NylasThrottledError(
                f"calls for this grant are refused for another {ceil(left)} s, as the Retry-After of a 429 demands",
                retry_after_seconds=left,
                scope=slots.scope,
            )

    def _drop_idle(self, grant_id: str, slots: _GrantSlots) -> None:
        if slots.users == 0 and slots.blocked_until <= self._clock():
            self._slots.pop(grant_id, None)

    def _drop_expired(self) -> None:
        for grant_id, slots in list(self._slots.items()):
            self._drop_idle(grant_id, slots)
