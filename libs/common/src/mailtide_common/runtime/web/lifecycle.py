"""Composes a service in the background of its HTTP server, which answers probes and signals from the start.

While the service waits for Kafka or Postgres at its start, `/healthz` answers 200, `/readyz` answers 503, and SIGTERM
ends the process.
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
    """A loop that runs concurrently with the server."""

    async def run(self) -> None:
        """Run until stopped."""

    def stop(self) -> None:
        """Make `run` return."""


def lifespan_of(compose: Compose, health: Health, switch: Switch) -> Lifespan:
    """Return a lifespan that composes the service in the background.

    Args:
        compose: creates and starts the parts, and enters them into the stack, which closes them in reverse order at the
            end. After a `TransientError`, it is called again with a new stack.
        health: set to ready from the end of `compose` to the beginning of the shutdown.
        switch: stops the process after a bug or because of a wrong configuration.
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
    """Run a loop concurrently with the server; an exception in it stops the process.

    Args:
        switch: stops the process.
        name: the loop's name, for the log.
        loop: the loop, stopped at the end.
        seconds: how long it may take to stop; then it is cancelled.
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
    """Run a task concurrently with the server and cancel it at the end; an exception in it stops the process.

    Args:
        switch: stops the process.
        name: the task's name, for the log.
        work: the task; when cancelled, it has `DISCONNECT_SECONDS` to close what it opened.
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
