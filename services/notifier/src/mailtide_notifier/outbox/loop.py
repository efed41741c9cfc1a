"""Runs the outbox: stores reminders, assembles notices, sends deliveries and deletes old rows."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg

from mailtide_common.contracts.api.channels import Channel
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.retry import wait_for_event
from mailtide_notifier import limits, metrics
from mailtide_notifier.channels.quiet import speaking, utc_now
from mailtide_notifier.channels.store import list_channels
from mailtide_notifier.database import Connection, connected

from .assemble import assemble
from .deliver import Deliverer
from .store import get_backlog

log = get_logger(__name__)

Remind = Callable[[list[Channel]], Awaitable[None]]
Tidy = Callable[[Connection], Awaitable[None]]


class OutboxLoop:
    """Runs one task that assembles notices, and several that send. Several processes may do so at once.

    Args:
        pool: must have more connections than there are senders, because each sender holds one.
        decided: set when notices may have been stored, so that the loop does not wait for its next poll.
        deliverer: sends one delivery per call.
        remind: stores the reminders that are due for the given channels.
        tidy: deletes old rows.
        console_url: where operators' browsers reach the console; None: alerts have no links.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        decided: asyncio.Event,
        deliverer: Deliverer,
        remind: Remind,
        tidy: Tidy,
        *,
        console_url: str | None,
    ) -> None:
        self._pool = pool
        self._deliverer = deliverer
        self._remind = remind
        self._tidy = tidy
        self._console_url = console_url
        self._stopping = asyncio.Event()
        self._decided = decided
        self._due = [asyncio.Event() for _ in range(limits.SENDERS)]
        self._speaking: list[UUID] = []
        self._prune_at = 0.0

    def stop(self) -> None:
        """Make `run` return once the deliveries in flight are finished."""
        self._stopping.set()
        for event in (self._decided, *self._due):
            event.set()

    async def run(self) -> None:
        """Run until stopped. A `TransientError` is logged, and the work is tried again. Another error ends it."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._repeat(self._assemble, self._decided), name="assemble")
            for number, due in enumerate(self._due):
                tasks.create_task(self._repeat(self._send, due), name=f"send-{number}")

    async def _repeat(self, step: Callable[[], Awaitable[None]], wanted: asyncio.Event) -> None:
        while not self._stopping.is_set():
            wanted.clear()
            try:
                await step()
            except TransientError as error:
                log.warning("outbox_interrupted", reason=str(error))
            if self._stopping.is_set():
                return
            await wait_for_event(wanted, limits.POLL_SECONDS)

    async def _assemble(self) -> None:
        async with connected(self._pool) as connection:
            channels = await list_channels(connection)
        self._speaking = speaking(channels, utc_now())
        await self._remind(channels)
        while await assemble(self._pool, channels, utc_now(), console_url=self._console_url):
            for due in self._due:
                due.set()
        await self._look_after()

    async def _send(self) -> None:
        while self._speaking and not self._stopping.is_set():
            if not await self._deliverer.deliver_one(self._speaking):
                return

    async def _look_after(self) -> None:
        async with connected(self._pool) as connection:
            pending, dead, oldest = await get_backlog(connection)
            if time.monotonic() >= self._prune_at:
                await self._tidy(connection)
                self._prune_at = time.monotonic() + limits.PRUNE_SECONDS
        metrics.PENDING_DELIVERIES.set(pending)
        metrics.DEAD_DELIVERIES.set(dead)
        metrics.OLDEST_PENDING_SECONDS.set(0.0 if oldest is None else (utc_now() - oldest).total_seconds())
