"""Back-off between attempts, and a loop that repeats attempts.

For retries elsewhere, see `docs/architecture.md`, "Who retries what".
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from .errors import TransientError
from .logs import get_logger

T = TypeVar("T")

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential back-off: the delay doubles with each failure, up to a cap.

    `jitter` is the random share of the delay, 0 to 1, which spreads retries after an outage.
    """

    first_seconds: float
    cap_seconds: float
    jitter: float = 0.5

    def seconds(self, failures: int, draw: float | None = None) -> float:
        """Return the delay: `first_seconds`, doubled `failures` times (at most 16) up to the cap, less the jitter.

        `draw` in [0, 1) replaces the random number.
        """
        draw = random.random() if draw is None else draw  # noqa: S311 - jitter
        ceiling = min(self.cap_seconds, self.first_seconds * 2.0 ** min(failures, 16))
        return ceiling * (1.0 - self.jitter * (1.0 - draw))


LOG_AGAIN = (10.0, 60.0)
"""Seconds until a lasting failure is logged again: initially, and at most; the pause doubles each time."""

EVERY_SECOND = Backoff(first_seconds=1.0, cap_seconds=1.0)
"""For servers that are starting, where an attempt costs little."""


async def until_available(
    attempt: Callable[[], Awaitable[T]],
    *,
    event: str,
    backoff: Backoff = EVERY_SECOND,
    retried: type[Exception] | tuple[type[Exception], ...] = TransientError,
    attempts: float = float("inf"),
    seconds: float = float("inf"),
) -> T:
    """Repeat an attempt until it succeeds, and return its result.

    Args:
        attempt: does the work.
        event: the log event of a failure: of the first one, then at growing intervals (`LOG_AGAIN`).
        backoff: the delays between the attempts.
        retried: the errors after which the attempt is repeated; others are raised.
        attempts: maximum number of attempts; the last one's error is raised.
        seconds: time, from the call, after which an attempt that fails is the last one; its error is raised.
    """
    deadline = time.monotonic() + seconds
    pause, silent_until = LOG_AGAIN[0], 0.0
    for failures in count():
        try:
            result = await attempt()
        except retried as error:
            if failures + 1 >= attempts or time.monotonic() > deadline:
                raise
            if time.monotonic() >= silent_until:
                log.warning(event, error=type(error).__name__, reason=str(error), failures=failures + 1)
                silent_until = time.monotonic() + pause
                pause = min(pause * 2, LOG_AGAIN[1])
        else:
            if failures:
                log.info("attempt_succeeded", was=event, failures=failures)
            return result
        await asyncio.sleep(backoff.seconds(failures))
    raise AssertionError("counting does not end")


async def wait_for_event(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, at most `seconds`; return whether it is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
