"""A value that costs a scan: one reader computes it, the others take it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.logs import get_logger

T = TypeVar("T")
log = get_logger(__name__)


class Cached(Generic[T]):
    """Computes a value when it is read and older than `fresh_seconds`.

    A value that is younger than `kept_seconds` is returned at once, while the next one is computed.
    """

    def __init__(
        self, compute: Callable[[], Awaitable[T]], *, fresh_seconds: float, kept_seconds: float
    ) -> None:
        """Nothing is computed yet."""
        self._compute = compute
        self._fresh = fresh_seconds
        self._kept = kept_seconds
        self._value: T | None = None
        self._computed_at = 0.0
        self._task: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """Return the value.

        Raises:
            TransientError: there is none that is young enough, and none can be computed now.
        """
        age = time.monotonic() - self._computed_at
        if self._value is not None and age < self._fresh:
            return self._value
        task = self._refresh()
        if self._value is not None and age < self._kept:
            return self._value
        return await asyncio.shield(task)

    async def close(self) -> None:
        """End a computation."""
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
    """Note an error that no reader may wait for."""
    if not task.cancelled() and (error := task.exception()) is not None:
        known = isinstance(error, TransientError)
        log.warning(
            "summary_failed", error=type(error).__name__, reason=str(error) if known else "see the page"
        )
