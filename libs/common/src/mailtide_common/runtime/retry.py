"""Repeats failed attempts after delays.

`docs/architecture.md`, "Who retries what", lists what is repeated where.
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
    """Delays between attempts. The delay doubles with each failure, up to a cap.

    Attributes:
        first_seconds: delay after the first failure.
        cap_seconds: longest delay.
        jitter: share of the delay that is random, from 0 to 1. It spreads the retries of many processes.
    """

    first_seconds: float
    cap_seconds: float
    jitter: float = 0.5

    def seconds(self, failures: int, draw: float | None = None) -> float:
        """Return the delay before the next attempt, in seconds.

        Args:
            failures: number of failures before the latest one. After 16, the delay grows no more.
            draw: number in [0, 1) that replaces the random number, for tests.
        """
        draw = random.random() if draw is None else draw  # noqa: S311 - jitter
        ceiling = min(self.cap_seconds, self.first_seconds * 2.0 ** min(failures, 16))
        return ceiling * (1.0 - self.jitter * (1.0 - draw))


LOG_AGAIN = (10.0, 60.0)
"""First and longest pause between log lines of a lasting failure, in seconds. The pause doubles each time."""

EVERY_SECOND = Backoff(first_seconds=1.0, cap_seconds=1.0)
"""For servers that are starting: an attempt costs little."""


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
        event: name of the log line of a failure. Later failures are logged at growing intervals
            (`LOG_AGAIN`).
        backoff: the delays between attempts.
        retried: classes of errors after which the attempt is repeated. Other errors are raised.
        attempts: maximum number of attempts. If the last one fails, its error is raised.
        seconds: time since the call. The error of an attempt that fails later is raised.
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
    raise AssertionError("unreachable, because count() does not end")


async def wait_for_event(event: asyncio.Event, seconds: float) -> bool:
    """Wait at most `seconds` for an event. Return whether it is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
