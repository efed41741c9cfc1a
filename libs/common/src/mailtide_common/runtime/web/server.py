"""Runs a service's ASGI application until a signal or a `Switch` stops it.

The signals are SIGTERM and SIGINT. A signal to a process that is stopping ends it at once.
"""

import asyncio
import os
import resource
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from types import FrameType
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from mailtide_common.runtime import stopping
from mailtide_common.runtime.errors import ClockWrongError, ConfigurationError
from mailtide_common.runtime.logs import get_logger

from .bounded_http import BoundedHttp, Bounds

BOUNDS = Bounds()

POLL_SECONDS = 0.02

RECEIVE_BUFFER_BYTES = 64 * 1024
"""Kernel's receive buffer of each connection.

uvloop 0.23.0 reads up to 256 KiB from each connection before a request is handled. With larger buffers, 900
connections that send at once take 200 MB more.
"""

SWEEP_TICKS = 5
"""Interval of `BoundedHttp.sweep`, in ticks of uvicorn (0.1 s)."""

SPARE_FILES = 200
"""Number of open files that are no connections of clients, for example connections to Kafka, Postgres and
Nylas."""

EXIT_BUG = 70
EXIT_REFUSED = 2
"""Exit code after which systemd does not restart the process (`deploy/systemd`)."""
EXIT_RESTART = 1

log = get_logger(__name__)


class Switch:
    """Stops the process from a background task, for example after a bug.

    Attributes:
        exit_code: exit code of the process: 0 until the switch is used.
    """

    def __init__(self, command: str | None = None) -> None:
        """Create a switch. `command` begins the lines that the switch writes to stderr."""
        self.exit_code = 0
        self._prefix = f"{command}: " if command else ""
        self._stop: Callable[[], None] | None = None
        self._ends: Callable[[], bool] = lambda: False
        self._tripped = False

    @property
    def stopping(self) -> bool:
        """Whether the process is stopping, because of a signal or this switch."""
        return self._tripped or self._ends()

    def bind(self, stop: Callable[[], None], ends: Callable[[], bool]) -> None:
        """Connect the switch to a server. If the switch was used before, stop the server at once.

        Args:
            stop: stops the server.
            ends: returns whether the server is stopping.
        """
        self._stop = stop
        self._ends = ends
        if self._tripped:
            stop()

    def stop_on(self, error: BaseException, where: str) -> None:
        """Stop the process: by `refuse` after a `ConfigurationError`, and by `fail` after another error."""
        if isinstance(error, ConfigurationError):
            self.refuse(str(error), EXIT_RESTART if isinstance(error, ClockWrongError) else EXIT_REFUSED)
        else:
            self.fail(error, where)

    def fail(self, error: BaseException, where: str) -> None:
        """Stop the process with exit code 70, because of a bug. `where` names the task in the log."""
        log.critical("process_failed", where=where, error=type(error).__name__, exc_info=error)
        self._trip(EXIT_BUG)

    def refuse(self, reason: str, exit_code: int = EXIT_REFUSED) -> None:
        """Stop the process with `exit_code`, because an operator must change something.

        `reason`, which is written to stderr, says what.
        """
        sys.stderr.write(f"{self._prefix}{reason}\n")
        sys.stderr.flush()
        self._trip(exit_code)

    def _trip(self, exit_code: int) -> None:
        self.exit_code = exit_code
        self._tripped = True
        if self._stop is not None:
            self._stop()


class _Server(uvicorn.Server):
    deadline: threading.Timer | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        if self.should_exit:
            os._exit(128 + sig)
        self.stop()

    def stop(self) -> None:
        if self.deadline is None:
            self.deadline = stopping.end_in_time()
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            for listener in server.sockets:  # accepted connections inherit it
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)

    async def on_tick(self, counter: int) -> bool:
        if counter % SWEEP_TICKS == 0:
            self._sweep()
        return await super().on_tick(counter)

    def _sweep(self) -> None:
        for connection in list(self.server_state.connections):
            cast(BoundedHttp, connection).sweep()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Give clients `KEPT_CONNECTIONS_SECONDS` to close idle connections, and then shut down.

        If the server closed a connection just as a client sends a request, the request would be lost.
        """
        self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
        ends = asyncio.get_running_loop().time() + stopping.KEPT_CONNECTIONS_SECONDS
        while self.server_state.connections and asyncio.get_running_loop().time() < ends:
            self._sweep()
            await asyncio.sleep(POLL_SECONDS)
        await super().shutdown(sockets)


def serve(
    app: ASGIApp,
    *,
    host: str,
    port: int,
    switch: Switch | None = None,
    sockets: list[socket.socket] | None = None,
    trusted_proxies: Sequence[str] = (),
    bounds: Bounds = BOUNDS,
) -> int:
    """Serve an application until it is stopped, and return the exit code.

    The exit code is 1 if the server could not start, else that of `switch`. The process's limit on open files
    is raised as far as needed and permitted.

    Args:
        app: the application. Its lifespan creates and closes all parts.
        host: address to listen on.
        port: port to listen on.
        switch: lets background tasks stop the process.
        sockets: bound sockets to listen on, instead of `host` and `port`.
        trusted_proxies: addresses and networks of proxies whose `X-Forwarded-For` names the client.
        bounds: the limits for clients.
    """
    _allow_open_files(bounds.connections + bounds.spare_connections + SPARE_FILES)
    server = _Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            loop="uvloop",
            http=cast(type[asyncio.Protocol], partial(BoundedHttp, bounds=bounds)),
            ws="none",
            lifespan="on",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_keep_alive=stopping.KEPT_CONNECTIONS_SECONDS,
            timeout_graceful_shutdown=stopping.REQUESTS_SECONDS,
            proxy_headers=bool(trusted_proxies),  # uvicorn's default trusts all of 127.0.0.1
            forwarded_allow_ips=list(trusted_proxies),
        )
    )
    switch = switch or Switch()
    switch.bind(server.stop, lambda: server.should_exit)
    server.run(sockets=sockets)
    if server.deadline is not None:
        server.deadline.cancel()
    if not server.started:
        return 1
    return switch.exit_code


def _allow_open_files(wanted: int) -> None:
    """Raise the process's limit on open files to `wanted`, as far as the system permits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
