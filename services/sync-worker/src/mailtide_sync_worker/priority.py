"""Delays bulk work, for a limited time, while live work is in progress in the same process."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from mailtide_common.contracts.events import SyncRequested

from . import limits, metrics

Given = TypeVar("Given")
Answer = TypeVar("Answer")


class BulkThrottle:
    """Tracks live work, and makes bulk work wait for it.

    Waiting pages of bulk work form a queue. The first page of the queue waits at most `longest_wait_seconds`,
    so that bulk work progresses even under constant live work.
    """

    def __init__(self, *, longest_wait_seconds: float = limits.BULK_WAIT_SECONDS) -> None:
        self._longest_wait_seconds = longest_wait_seconds
        self._busy = 0
        self._queue = asyncio.Lock()
        self._quiet = asyncio.Event()
        self._quiet.set()

    def live(
        self, handler: Callable[[Given], Awaitable[Answer]]
    ) -> Callable[[Given], Coroutine[Any, Any, Answer]]:
        """Wrap `handler` so that its work counts as live."""

        async def counted(given: Given) -> Answer:
            with self._under_way():
                return await handler(given)

        return counted

    async def give_way(self, request: SyncRequested) -> None:
        """Make a bulk request wait until no live work is in progress.

        At the head of the queue, the wait ends after `longest_wait_seconds`. Live requests do not wait.
        """
        if not request.bulk or self._quiet.is_set():
            return
        began = time.monotonic()
        async with self._queue:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._longest_wait_seconds):
                    await self._quiet.wait()
        metrics.BULK_WAIT_SECONDS.inc(time.monotonic() - began)

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        self._busy += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._busy -= 1
            if self._busy == 0:
                self._quiet.set()
