"""Starts the parts of a service in the background, while its HTTP server answers probes from the start.

While the parts wait for Kafka or Postgres, `/healthz` answers 200, `/readyz` answers 503, and SIGTERM ends
the process.
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
    """Work that runs concurrently with the server until it is stopped."""

    async def run(self) -> None:
        """Run until stopped."""

    def stop(self) -> None:
        """Make `run` return."""


def lifespan_of(compose: Compose, health: Health, switch: Switch) -> Lifespan:
    """Return a lifespan that starts the parts of a service in the background.

    Args:
        compose: creates and starts the parts, and enters them into the given stack. The stack closes the
            parts in reverse order at the end. After a `TransientError`, `compose` is called again with a new
            stack.
        health: is ready from the end of `compose` to the beginning of the shutdown.
        switch: stops the process if `compose` raises another error.
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
    except Exception as error:  # noqa: BLE001 - a bug or a wrong configuration: stop the process
        switch.stop_on(error, "composition")


@asynccontextmanager
async def background(switch: Switch, name: str, loop: Loop, *, seconds: float) -> AsyncIterator[None]:
    """Run a loop concurrently with the server. Stop the loop at the end of the context.

    Args:
        switch: stops the process if the loop raises an exception.
        name: the loop's name, for the log.
        loop: the loop.
        seconds: time for the loop to stop. Afterwards it is cancelled.
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
    """Run work concurrently with the server. Cancel the work at the end of the context.

    Args:
        switch: stops the process if the work raises an exception.
        name: the work's name, for the log.
        work: the work. After it is cancelled, it has `DISCONNECT_SECONDS` to close what it opened.
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
    except Exception as error:  # noqa: BLE001 - stop the process; unfinished work is repeated
        switch.stop_on(error, name)
