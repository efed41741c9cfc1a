"""Waits for what another program does, never without a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

POLL_SECONDS = 0.025


class LateError(TimeoutError):
    """What was waited for did not come in time."""


async def until(
    probe: Callable[[], Awaitable[bool]], *, seconds: float, what: str, every: float = POLL_SECONDS
) -> None:
    """Repeat the probe, with a pause of `every` seconds, until it returns True.

    Raises:
        LateError: not within `seconds`.
    """
    ends = time.monotonic() + seconds
    while not await probe():
        if time.monotonic() > ends:
            raise LateError(f"{what}: not within {seconds:g} s")
        await asyncio.sleep(every)


async def together(*jobs: Coroutine[Any, Any, Any]) -> None:
    """Do all jobs side by side; when one fails, end the others and raise its error."""
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
