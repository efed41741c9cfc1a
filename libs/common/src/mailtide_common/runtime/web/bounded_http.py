"""Serves HTTP/1.1 with limits on sizes, times and numbers (INV-34).

Uvicorn only limits idle times between requests.

Seen with uvicorn 0.54.0 and httptools 0.9.0:

- `h11_max_incomplete_event_size` has no effect on this parser. A head of 50 MB is accepted.
- A connection that sends nothing, or half a head, stays open without end.
- A connection stays open without end if its response is complete before the request's body. The next byte of
  the body cancels the keep-alive timer, and uvicorn does not set the timer again.

The head of a request is its request line and its header fields.
"""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn, cast

import httptools
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from mailtide_common.runtime import metrics
from mailtide_common.runtime.stopping import KEPT_CONNECTIONS_SECONDS

from .problems import problem

ALWAYS_ANSWERED = "/healthz"
"""Path that is served even above `Bounds.connections`, so that many clients do not cause a restart."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of a process for its clients."""

    head_bytes: int = 32 * 1024
    """Maximum number of bytes of a head and its trailers together. This is twice what an OAuth callback can
    need."""

    head_fields: int = 100
    """Maximum number of fields of a head and its trailers together. `head_bytes` alone does not bound memory,
    because a tiny field takes 150 bytes in Python."""

    head_seconds: float = 10.0
    """Longest time from the first byte of a head to its last byte."""

    body_seconds: float = 30.0
    """Longest time from the end of the head to the end of the body. The ingress itself allows
    `limits.BODY_SECONDS`."""

    idle_seconds: float = KEPT_CONNECTIONS_SECONDS
    """Time after which a connection without a request is closed."""

    write_seconds: float = 30.0
    """Time after which a client that does not read its response is disconnected."""

    linger_seconds: float = 2.0
    """Time for which bytes are discarded after a refusal. Closing at once could lose the response."""

    connections: int = 1_000
    """Maximum number of connections of the process on which all requests are served."""

    spare_connections: int = 100
    """Maximum number of connections above `connections`. They serve only `/healthz`, and answer 503 to other
    requests.

    Further connections are closed at once.
    """

    pipelined: int = 16
    """Maximum number of pipelined requests that may wait on a connection. No known client sends two."""


Problem = tuple[HTTPStatus, str]

_TOO_LARGE: Problem = (
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "the request line and the header fields are too large, or there are too many header fields",
)
_SLOW_HEAD: Problem = (HTTPStatus.REQUEST_TIMEOUT, "the request line and the header fields took too long")
_SLOW_BODY: Problem = (HTTPStatus.REQUEST_TIMEOUT, "the request's body took too long")
_PIPELINED: Problem = (HTTPStatus.SERVICE_UNAVAILABLE, "too many requests are waiting on this connection")
_NOT_HTTP: Problem = (HTTPStatus.BAD_REQUEST, "the request is not valid HTTP/1.1")
_FULL: Problem = (HTTPStatus.SERVICE_UNAVAILABLE, "too many connections are open")

RETRY_AFTER_SECONDS = 10


class _RefusedError(Exception):
    """Raised in a callback of the parser, to stop the parser."""


class BoundedHttp(HttpToolsProtocol):
    """A connection with limits. The server calls `sweep` twice a second, which costs less than timers."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        bounds: Bounds,
    ) -> None:
        """Create the protocol with uvicorn's arguments and the limits."""
        super().__init__(config, server_state, app_state, _loop)
        self._bounds = bounds
        self._since = self.loop.time()
        """When the current phase (idle, head or body) began, in seconds of the event loop's clock."""
        self._head: int | None = None
        """Bytes of the current request's head so far, or None between requests."""
        self._in_body = False
        self._unseen = 0
        """Bytes received since the parser's last callback. They grow while a field does not end."""
        self._refusal: Problem | None = None
        self._ends_at: float | None = None
        """When a client that does not read its response will be disconnected."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Register the connection.

        Above `Bounds.connections`, serve only `/healthz` on the connection. Above the spare connections,
        abort it.
        """
        super().connection_made(transport)
        above = len(self.connections) - self._bounds.connections
        if above > self._bounds.spare_connections:
            metrics.HTTP_REFUSED_REQUESTS.labels("closed").inc()
            transport.abort()
        elif above > 0:
            self.app = cast(Any, _only_alive(cast(ASGIApp, self.app)))

    def data_received(self, data: bytes) -> None:
        """Parse received bytes, and refuse a request that is malformed or exceeds a limit.

        After a refusal, further bytes are discarded.
        """
        if self._refusal is not None:
            return
        self._unset_keepalive_if_required()
        self._unseen += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.cycle.keep_alive = False  # the upgrade is ignored, because no other protocol is supported
        except httptools.HttpParserError:  # httptools raises it also if a callback raises
            self._refuse(self._refusal or _NOT_HTTP)
        else:
            if self._unseen > self._bounds.head_bytes:
                self._refuse(_TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._since, self._head, self._unseen = self.loop.time(), 0, 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count(len(name) + len(value) + len(b": \r\n"))

    def on_headers_complete(self) -> None:
        """Refuse the request if too many are pipelined, else start to measure the time of its body."""
        if len(self.pipeline) >= self._bounds.pipelined:
            self._stop_parsing(_PIPELINED)
        self._since, self._in_body, self._unseen = self.loop.time(), True, 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Reset `_unseen`, which limits only a head and trailers."""
        self._unseen = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._since, self._head, self._in_body, self._unseen = self.loop.time(), None, False, 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Start to measure the idle time, unless the request's body is still being received."""
        if not self._in_body:
            self._since = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Set the deadline for a client that does not read its response."""
        super().pause_writing()
        self._ends_at = self.loop.time() + self._bounds.write_seconds

    def resume_writing(self) -> None:
        super().resume_writing()
        self._ends_at = None

    def shutdown(self) -> None:
        """Close the connection after the response in flight. After a refusal, close it at once."""
        if self._refusal is not None:
            self.transport.abort()
        else:
            super().shutdown()

    def sweep(self) -> None:
        """Refuse the request or close the connection if the current phase has exceeded its time."""
        now = self.loop.time()
        if self._ends_at is not None:
            if now > self._ends_at:
                self.transport.abort()
        elif self._refusal is not None:
            return
        elif self.transport.is_closing():  # asyncio would wait for the client without a limit
            self._ends_at = now + self._bounds.write_seconds
        else:
            self._sweep_open(now - self._since)

    def _sweep_open(self, lasted: float) -> None:
        if self._in_body:
            if lasted > self._bounds.body_seconds:
                self._refuse(_SLOW_BODY)
        elif self.cycle is not None and not self.cycle.response_complete:
            return  # the service bounds its own work
        elif self._head is not None:
            if lasted > self._bounds.head_seconds:
                self._refuse(_SLOW_HEAD)
        elif lasted > self._bounds.idle_seconds:
            self.transport.close()

    def _count(self, size: int) -> None:
        self._unseen = 0
        self._head = (self._head or 0) + size
        if self._head > self._bounds.head_bytes or len(self.headers) > self._bounds.head_fields:
            self._stop_parsing(_TOO_LARGE)

    def _stop_parsing(self, refusal: Problem) -> NoReturn:
        self._refusal = refusal
        raise _RefusedError

    def _refuse(self, refusal: Problem) -> None:
        """Answer with an error, and close the connection after `Bounds.linger_seconds`.

        If the request's own response has begun, or another must come first, close the connection at once,
        without an answer.
        """
        self._refusal = refusal
        self._unset_keepalive_if_required()
        metrics.HTTP_REFUSED_REQUESTS.labels(str(refusal[0].value)).inc()
        if not self._answer_is_free():
            self.transport.abort()
            return
        if self.cycle is not None:
            self.cycle.disconnected = True  # discards what the service still sends
            self.cycle.message_event.set()
        self.flow.resume_reading()
        self.transport.write(_raw(refusal))
        self.transport.write_eof()
        self.loop.call_later(self._bounds.linger_seconds, self.transport.abort)

    def _answer_is_free(self) -> bool:
        """Return whether the connection's next response is for the refused request, and has not begun."""
        if self.pipeline:
            return False
        if self.cycle is None or self.cycle.response_complete:
            return not self._in_body
        return self._in_body and not self.cycle.response_started


def _only_alive(app: ASGIApp) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") == ALWAYS_ANSWERED:
            await app(scope, receive, send)
            return
        metrics.HTTP_REFUSED_REQUESTS.labels(str(_FULL[0].value)).inc()
        await _response(_FULL)(scope, receive, send)

    return answer


def _response(refusal: Problem) -> Response:
    status, detail = refusal
    retry = RETRY_AFTER_SECONDS if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return problem(status, detail, close=True, retry_after_seconds=retry)


def _raw(refusal: Problem) -> bytes:
    response, (status, _) = _response(refusal), refusal
    lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
    lines += [name + b": " + value for name, value in response.raw_headers]
    return b"\r\n".join([*lines, b"", bytes(response.body)])
