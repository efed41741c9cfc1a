"""Waits for what another program does, never without a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable

POLL_SECONDS = 0.025


class LateError(TimeoutError):
    """What was waited for did not come in time."""


async def until(probe: Callable[[], Awaitable[bool]], *, seconds: float, what: str) -> None:
    """Ask again and again until the probe says yes.

    Raises:
        LateError: not within `seconds`.
    """
    ends = time.monotonic() + seconds
    while not await probe():
        if time.monotonic() > ends:
            raise LateError(f"{what}: not within {seconds:g} s")
        await asyncio.sleep(POLL_SECONDS)
