"""Caches a value that is expensive to compute."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from mailtide_common.runtime.errors import MailtideError
from mailtide_common.runtime.logs import get_logger

T = TypeVar("T")
log = get_logger(__name__)


class Cached(Generic[T]):
    """Caches the result of `compute`.

    If the value is older than `fresh_seconds`, `get` starts a new computation, one at a time. Meanwhile `get`
    returns the old value. If that is older than `kept_seconds`, `get` waits for the new value.
    """

    def __init__(
        self, compute: Callable[[], Awaitable[T]], *, fresh_seconds: float, kept_seconds: float
    ) -> None:
        self._compute = compute
        self._fresh = fresh_seconds
        self._kept = kept_seconds
        self._value: T | None = None
        self._computed_at = 0.0
        self._task: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """Return the cached value, or wait for a new one.

        Raises:
            Exception: the error of `compute`, if no value is younger than `kept_seconds`.
        """
        age = time.monotonic() - self._computed_at
        if self._value is not None and age < self._fresh:
            return self._value
        task = self._refresh()
        if self._value is not None and age < self._kept:
            return self._value
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Cancel the computation, if one is running."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _refresh(self) -> asyncio.Task[T]:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._renew(), name="summary")
            self._task.add_done_callback(_report)
        return self._task

    async def _renew(self) -> T:
        value = await self._compute()
        self._value, self._computed_at = value, time.monotonic()
        return value


def _report(task: asyncio.Task[T]) -> None:
    """Log an error of the computation, because perhaps no call of `get` waits for it."""
    if not task.cancelled() and (error := task.exception()) is not None:
        known = isinstance(error, MailtideError)
        log.warning(
            "summary_failed",
            error=type(error).__name__,
            reason=str(error) if known else "unexpected: see its frames",
            exc_info=None if known else error,
        )
