"""HTTP/1.1 with limits on sizes, times and numbers, because uvicorn sets none (INV-34).

Seen with uvicorn 0.54.0 and httptools 0.9.0: `h11_max_incomplete_event_size` has no effect on this parser; a head of
50 MB is accepted; a connection that sends half a head, or nothing, stays open indefinitely. So does one whose response
is complete before its request's body: the next byte of the body cancels the keep-alive timer, which is not set again.
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
"""Path served even above the limit of connections, so that clients that use them all do not cause a restart."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of a process for its clients."""

    head_bytes: int = 32 * 1024
    """Bytes of request line, fields and trailers together: twice what an OAuth callback can need."""

    head_fields: int = 100
    """Number of fields. A field of two letters takes 150 bytes in Python, so a limit of bytes does not bound memory."""

    head_seconds: float = 10.0
    """Seconds from the first byte of a request's head to its last."""

    body_seconds: float = 30.0
    """Seconds from the end of the head to the end of the body. The ingress allows less (its `limits.BODY_SECONDS`)."""

    idle_seconds: float = KEPT_CONNECTIONS_SECONDS
    """Seconds after which a connection without a request is closed."""

    write_seconds: float = 30.0
    """Seconds after which a client that does not read its response is disconnected."""

    linger_seconds: float = 2.0
    """Seconds for which bytes are discarded after a refusal; closing at once would lose the response."""

    connections: int = 1_000
    """Connections of one process; requests on further ones are answered 503."""

    spare_connections: int = 100
    """Connections above that limit, for answers of 503 and `/healthz`; further ones are closed at once."""

    pipelined: int = 16
    """Pipelined requests that may wait on one connection; no known client sends two."""


Problem = tuple[HTTPStatus, str]

_TOO_LARGE: Problem = (
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "the request's fields are too many or too large",
)
_SLOW_HEAD: Problem = (HTTPStatus.REQUEST_TIMEOUT, "the request's head took too long")
_SLOW_BODY: Problem = (HTTPStatus.REQUEST_TIMEOUT, "the request's body took too long")
_PIPELINED: Problem = (HTTPStatus.SERVICE_UNAVAILABLE, "too many requests wait on this connection")
_NOT_HTTP: Problem = (HTTPStatus.BAD_REQUEST, "this is not HTTP/1.1")
_FULL: Problem = (HTTPStatus.SERVICE_UNAVAILABLE, "too many connections")

RETRY_AFTER_SECONDS = 10


class _RefusedError(Exception):
    """Raised in a callback of the parser to stop it."""


class BoundedHttp(HttpToolsProtocol):
    """One connection, with limits. The server calls `sweep` twice a second, which costs less than timers."""

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
        """When the current phase began: idle, head or body."""
        self._head: int | None = None
        """Bytes of the current request's head so far; None between requests."""
        self._in_body = False
        self._unseen = 0
        """Bytes received since the parser's last callback, such as of a field that does not end."""
        self._refusal: Problem | None = None
        self._ends_at: float | None = None
        """When a client that does not read its response is disconnected."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Register the connection; above the limit serve only `/healthz`, above the spare connections abort it."""
        super().connection_made(transport)
        above = len(self.connections) - self._bounds.connections
        if above > self._bounds.spare_connections:
            metrics.HTTP_REFUSED_REQUESTS.labels("closed").inc()
            transport.abort()
        elif above > 0:
            self.app = cast(Any, _only_alive(cast(ASGIApp, self.app)))

    def data_received(self, data: bytes) -> None:
        """Parse received bytes; refuse a request that is malformed or exceeds a limit, then discard further bytes."""
        if self._refusal is not None:
            return
        self._unset_keepalive_if_required()
        self._unseen += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.cycle.keep_alive = False  # no other protocol is supported: the upgrade is ignored
        except httptools.HttpParserError:  # also what a callback raises
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
        """Start measuring the time of the body; refuse the request if too many are pipelined."""
        if len(self.pipeline) >= self._bounds.pipelined:
            self._stop_parsing(_PIPELINED)
        self._since, self._in_body, self._unseen = self.loop.time(), True, 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Reset the count of bytes without a callback: the limit of the head does not apply to the body."""
        self._unseen = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._since, self._head, self._in_body, self._unseen = self.loop.time(), None, False, 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Start measuring the idle time, unless the request is still being received."""
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
        """Close the connection after the response in flight; after a refusal, at once."""
        if self._refusal is not None:
            self.transport.abort()
        else:
            super().shutdown()

    def sweep(self) -> None:
        """Refuse or close the connection if its current phase has exceeded its time."""
        now = self.loop.time()
        if self._ends_at is not None:
            if now > self._ends_at:
                self.transport.abort()
        elif self._refusal is not None:
            return
        elif self.transport.is_closing():  # without a limit, until the client has read all bytes written
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
        """Answer with an error and close after `linger_seconds`; if another answer comes first, close at once."""
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
        """Return whether the connection's next response is that of the refused request and has not begun."""
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
