"""Sends requests to any endpoint, with time-outs, quick retries and limits for answers."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

import httpx

from mailtide_nylas.decoding.inflate import PIECE_BYTES, Inflater, NotGzipError
from mailtide_nylas.decoding.parsing import read_answer
from mailtide_nylas.errors import (
    NylasError,
    NylasPermanentError,
    NylasTooLargeError,
    NylasTransientError,
    NylasUnsentError,
)

from .budget import Budget, Reservation
from .pool import ClientPool

TIMEOUT = httpx.Timeout(connect=5.0, read=30.0, write=10.0, pool=5.0)
"""Seconds. httpx' default of 5 s is too short for providers, the SDKs' 90 s too long for a worker."""

_LIMITS: dict[type[httpx.RequestError], float | None] = {
    httpx.ConnectTimeout: TIMEOUT.connect,
    httpx.ReadTimeout: TIMEOUT.read,
    httpx.WriteTimeout: TIMEOUT.write,
}

ANSWER_SECONDS = 90.0
"""Maximum time to receive a body; `TIMEOUT.read` limits only the wait for each piece."""

MAX_ANSWER_BYTES = 32 * 1024 * 1024
"""Maximum number of inflated bytes of an answer; a Kafka record cannot be larger. A listing can have smaller
pages."""

MAX_ERROR_BYTES = 1024 * 1024
"""Maximum number of bytes that are read of an error's body. The rest is dropped, so a larger body counts as
not JSON."""

KEPT_BYTES = 64 * 1024
"""Maximum number of bytes that are kept of an answer larger than its limit."""

RETRIES = 2
RETRY_BUDGET_SECONDS = 0.9
FIRST_PAUSE_SECONDS = 0.15

Reading = Callable[[str, int, Mapping[str, str], bytes | bytearray], dict[str, Any]]
"""A function such as `parsing.read_answer`."""

Observer = Callable[[str, str, float], None]
"""Called after each attempt of a request with its endpoint, outcome and seconds.

The outcome is `ok`, or the status of a `NylasError`. It is the error's class if the error has no status, and
`abandoned` if the attempt was cancelled or raised another exception."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """How to read and bound an answer."""

    reading: Reading
    reservation: Reservation
    most_bytes: int


class Connection:
    """Sends requests, and returns answers as JSON objects.

    Do not cancel a request or wrap it in `asyncio.timeout`: httpx 0.28 leaks the connection slot of a
    cancelled request. Without free slots, requests fail with `PoolTimeout` until `ClientPool` replaces the
    client.

    Each step of a request has its own time-out, except the wait for the budget.
    """

    def __init__(
        self,
        api_uri: str,
        api_key: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        observe: Observer | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._api_uri = api_uri.rstrip("/")
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        }
        self._budget = budget or Budget()
        self._transport = transport
        self._tls = httpx.create_ssl_context()
        self._observe = observe
        self._pool = ClientPool(self._build)

    def _build(self, limits: httpx.Limits) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            headers=self._headers,
            timeout=TIMEOUT,
            limits=limits,
            follow_redirects=False,
            transport=self._transport,
            verify=self._tls,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    async def request(
        self,
        method: str,
        template: str,
        path: Mapping[str, str] | None = None,
        *,
        params: Mapping[str, str | int] | None = None,
        json: Any = None,
        reading: Reading = read_answer,
        reservation: Reservation | None = None,
        most_bytes: int = MAX_ANSWER_BYTES,
    ) -> dict[str, Any]:
        """Send a request and return the answer's JSON object.

        After a `NylasTransientError`, a GET is retried up to `RETRIES` times. A retry must begin within
        `RETRY_BUDGET_SECONDS` of the first attempt. Other methods are not retried.

        Args:
            method: HTTP method.
            template: the path, with parameters in braces; shown in errors.
            path: values of the path's parameters, not yet percent-encoded.
            params: parameters of the query.
            json: the body, to be encoded as JSON.
            reading: parses the answer, or raises its error.
            reservation: holds the bytes of the answer until the caller releases it or uses it for another
                request. If it is None, the bytes are released on return.
            most_bytes: largest answer, in inflated bytes.

        Raises:
            NylasError: see `errors`.
        """
        endpoint = f"{method} {template}"
        url = self._api_uri + template.format(
            **{k: _segment(endpoint, k, v) for k, v in (path or {}).items()}
        )
        arguments = {"params": params, "json": json}
        if reservation is not None:
            wanted = _Wanted(reading, reservation, most_bytes)
            return await self._tried(endpoint, method, url, wanted, **arguments)
        with self._budget.reserve() as own:
            wanted = _Wanted(reading, own, most_bytes)
            return await self._tried(endpoint, method, url, wanted, **arguments)

    async def _tried(
        self, endpoint: str, method: str, url: str, wanted: _Wanted, **arguments: Any
    ) -> dict[str, Any]:
        started = time.monotonic()
        for attempt in range(RETRIES + 1):
            try:
                return await self._observed(endpoint, method, url, wanted, **arguments)
            except NylasTransientError:
                pause = random.uniform(0, FIRST_PAUSE_SECONDS * 2**attempt)  # noqa: S311 - jitter, no secret
                spent = time.monotonic() - started + pause
                if method != "GET" or attempt == RETRIES or spent > RETRY_BUDGET_SECONDS:
                    raise
                await asyncio.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    async def _observed(
        self, endpoint: str, method: str, url: str, wanted: _Wanted, **arguments: Any
    ) -> dict[str, Any]:
        started = time.monotonic()
        outcome = "abandoned"
        try:
            answer = await self._send(endpoint, method, url, wanted, **arguments)
        except NylasError as error:
            outcome = str(error.status or type(error).__name__)
            raise
        else:
            outcome = "ok"
            return answer
        finally:
            if self._observe is not None:
                self._observe(endpoint, outcome, time.monotonic() - started)

    async def _send(
        self, endpoint: str, method: str, url: str, wanted: _Wanted, **arguments: Any
    ) -> dict[str, Any]:
        wanted.reservation.release()
        await wanted.reservation.grow(1)
        try:
            async with self._pool.client() as client, client.stream(method, url, **arguments) as response:
                body = await _read_body(endpoint, response, wanted)
        except httpx.PoolTimeout as error:
            reason = f"no connection became free within {TIMEOUT.pool:g} s"
            raise NylasTransientError(reason, endpoint=endpoint) from error
        except httpx.ConnectError as error:
            # Its text tells an unknown name, a refused connection and a rejected certificate apart.
            raise NylasTransientError(f"cannot connect: ConnectError: {error}", endpoint=endpoint) from error
        except httpx.RequestError as error:
            seconds = _LIMITS.get(type(error))
            limit = "" if seconds is None else f" after {seconds:g} s"
            # The text of a LocalProtocolError may quote the header with the API key. Time-outs have no text.
            text = "" if isinstance(error, httpx.LocalProtocolError) else f": {error}"
            reason = f"{type(error).__name__}{text}".removesuffix(": ")
            raise NylasTransientError(f"no complete answer: {reason}{limit}", endpoint=endpoint) from error
        except httpx.InvalidURL as error:
            raise NylasUnsentError(f"the URL is invalid: {error}", endpoint=endpoint) from error
        return wanted.reading(endpoint, response.status_code, response.headers, body)


async def _read_body(endpoint: str, response: httpx.Response, wanted: _Wanted) -> bytearray:
    """Read the body within limits of size and time.

    The limits are checked after each piece, because a time-out around the reading would cancel the request.
    Time spent waiting for the budget does not count. An error's body that is too large is cut off.
    """
    deadline = time.monotonic() + ANSWER_SECONDS
    most = wanted.most_bytes if response.is_success else MAX_ERROR_BYTES
    body = bytearray()
    async for piece in _pieces(endpoint, response):
        if len(body) + len(piece) > most:
            if not response.is_success:
                break
            raw = bytes(body[:KEPT_BYTES])
            raise NylasTooLargeError(
                f"the answer is larger than {most / 2**20:g} MiB", raw=raw, endpoint=endpoint
            )
        began = time.monotonic()
        await wanted.reservation.grow(len(body) + len(piece))
        body += piece
        now = time.monotonic()
        deadline += now - began
        if now > deadline:
            raise NylasTransientError(
                f"the answer took too long, more than {ANSWER_SECONDS:g} s", endpoint=endpoint
            )
    return body


async def _pieces(endpoint: str, response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield the inflated body in pieces of at most `PIECE_BYTES`."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        raise NylasPermanentError(
            f"the answer's content encoding is {encoding[:50]!r}; only gzip was accepted", endpoint=endpoint
        )
    stream = cast(httpx.AsyncByteStream, response.stream)
    if encoding in {"", "identity"}:
        async for received in stream:
            for first in range(0, len(received), PIECE_BYTES):
                yield received[first : first + PIECE_BYTES]
        return
    inflater = Inflater()
    try:
        async for received in stream:
            for piece in inflater.inflate(received):
                yield piece
        inflater.end()
    except NotGzipError as error:
        raise NylasTransientError(f"the answer cannot be inflated: {error}", endpoint=endpoint) from error


def _segment(endpoint: str, name: str, value: str) -> str:
    """Return an id percent-encoded for a path. Ids may contain `/`, `#` and `<` (docs: Messages, 404)."""
    if value in ("", ".", ".."):
        raise NylasUnsentError(
            f'the {name} cannot be part of a path: it is empty, "." or ".."', endpoint=endpoint
        )
    try:
        return quote(value, safe="")
    except UnicodeEncodeError as error:
        raise NylasUnsentError(
            f"the {name} cannot be part of a path: it contains a lone surrogate", endpoint=endpoint
        ) from error
