"""Waits for conditions outside this process, always with a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

POLL_SECONDS = 0.025
LATE_SECONDS = 90.0
"""A limit that only a fault exceeds, however slow the machine is."""


class LateError(TimeoutError):
    """A condition was not true in time."""


async def until(
    probe: Callable[[], Awaitable[bool]],
    *,
    what: str,
    seconds: float = LATE_SECONDS,
    every: float = POLL_SECONDS,
) -> None:
    """Call `probe` repeatedly until it returns True.

    A call is not interrupted at the deadline. An error of `probe` ends the wait.

    Args:
        probe: returns whether the condition is true.
        what: the condition, for the message.
        seconds: the longest wait.
        every: seconds between two calls.

    Raises:
        LateError: `probe` did not return True within `seconds`.
    """
    ends = time.monotonic() + seconds
    while not await probe():
        if time.monotonic() > ends:
            raise LateError(f"timed out after {seconds:g} s, waiting for: {what}")
        await asyncio.sleep(every)


async def together(*jobs: Coroutine[Any, Any, Any]) -> None:
    """Run coroutines concurrently. If one fails, cancel the others and raise its error."""
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
