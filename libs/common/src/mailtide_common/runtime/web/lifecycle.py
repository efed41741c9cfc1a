"""Composes a service beside its HTTP server, so that it answers probes and signals from the start.

While Kafka or Postgres is unavailable, `/healthz` answers 200, `/readyz` answers 503, and SIGTERM ends the
process.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

from mailtide_common.runtime import collector
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.retry import until_available
from mailtide_common.runtime.stopping import CLOSE_SECONDS, DISCONNECT_SECONDS

from .health import Health
from .server import Switch

log = get_logger(__name__)

Compose = Callable[[AsyncExitStack], Awaitable[None]]
Lifespan = Callable[[Any], AbstractAsyncContextManager[None]]


class Loop(Protocol):
    """A loop that runs beside the server."""

    async def run(self) -> None:
        """Run until stopped."""

    def stop(self) -> None:
        """Make `run` return."""


def lifespan_of(compose: Compose, health: Health, switch: Switch) -> Lifespan:
    """Return a lifespan that composes the service in the background.

    Args:
        compose: creates and starts the parts, and waits for unavailable servers; the parts that it enters into the
            stack are closed in reverse order at the end.
        health: ready once everything is composed, until the shutdown begins.
        switch: stops the process on a bug or a wrong configuration.
    """

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        composed, ending = asyncio.Event(), asyncio.Event()

        async def live() -> None:
            async with AsyncExitStack() as stack:
                await compose(stack)
                collector.tune()
                composed.set()
                health.ready = True
                await ending.wait()

        task = asyncio.create_task(_guarded(live, switch), name="composition")
        try:
            yield
        finally:
            health.ready = False
            ending.set()
            if not composed.is_set():
                task.cancel()
            _, late = await asyncio.wait([task], timeout=CLOSE_SECONDS)
            if late:
                log.error("stop_abandoned", seconds=CLOSE_SECONDS)
                task.cancel()

    return lifespan


async def _guarded(live: Callable[[], Awaitable[None]], switch: Switch) -> None:
    try:
        await until_available(live, event="composition_delayed")
    except Exception as error:  # noqa: BLE001 - a bug, or wrong surroundings: stop the process
        switch.stop_on(error, "composition")


@asynccontextmanager
async def background(switch: Switch, name: str, loop: Loop, *, seconds: float) -> AsyncIterator[None]:
    """Run a loop beside the server; a bug in it stops the process.

    Args:
        switch: stops the process.
        name: of the loop, for the log.
        loop: runs until it is stopped.
        seconds: how long it may take to end; then it is cancelled.
    """
    task = asyncio.create_task(_watched(switch, name, loop.run), name=name)
    try:
        yield
    finally:
        loop.stop()
        _, late = await asyncio.wait([task], timeout=seconds)
        for each in late:
            each.cancel()


@asynccontextmanager
async def cancelled_at_end(
    switch: Switch, name: str, work: Callable[[], Awaitable[None]]
) -> AsyncIterator[None]:
    """Run a task beside the server and cancel it at the end; a bug in it stops the process.

    Args:
        switch: stops the process.
        name: of the work, for the log.
        work: returns or is cancelled at the end, and has `DISCONNECT_SECONDS` to close what it opened.
    """
    task = asyncio.create_task(_watched(switch, name, work), name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=DISCONNECT_SECONDS)


async def _watched(switch: Switch, name: str, work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    except Exception as error:  # noqa: BLE001 - stop the process, what was not done is done again
        switch.stop_on(error, name)
