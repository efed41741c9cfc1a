"""Reads a request's body within bounds of size, time and memory, which uvicorn does not set."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from . import limits
from .answers import BUSY, TOO_LARGE, TOO_SLOW, Answer


class Buffered:
    """How many bytes of bodies all requests hold together."""

    def __init__(self, limit: int = limits.MAX_BUFFERED_BYTES) -> None:
        """Nothing is held yet."""
        self.limit = limit
        self.held = 0

    @contextmanager
    def share(self) -> Iterator["Share"]:
        """One request's share, given back at the end."""
        share = Share(self)
        try:
            yield share
        finally:
            self.held -= share.size


class Share:
    """One request's part of what is held."""

    def __init__(self, buffered: Buffered) -> None:
        """Holds nothing yet."""
        self._buffered = buffered
        self.size = 0

    def take(self, size: int) -> bool:
        """Hold more, unless that were too much."""
        if self._buffered.held + size > self._buffered.limit:
            return False
        self._buffered.held += size
        self.size += size
        return True


async def read_body(
    receive: Receive, declared: str | None, share: Share, *, seconds: float = limits.BODY_SECONDS
) -> bytes | Answer:
    """The whole body, or why not.

    Args:
        receive: ASGI's.
        declared: `Content-Length`, when there is one.
        share: of the memory that all requests may hold.
        seconds: for the whole body.

    Raises:
        ClientDisconnect: the sender went away.
    """
    if declared is not None and _exceeds(declared, limits.MAX_DRAINED_BYTES):
        return TOO_LARGE
    try:
        async with asyncio.timeout(seconds):
            return await _read(receive, share)
    except TimeoutError:
        return TOO_SLOW


async def _read(receive: Receive, share: Share) -> bytes | Answer:
    pieces: list[bytes] = []
    size = 0
    refusal: Answer | None = None
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece: bytes = message.get("body", b"")
        size += len(piece)
        if refusal is None and size > limits.MAX_BODY_BYTES:
            refusal = TOO_LARGE
        if refusal is None and not share.take(len(piece)):
            refusal = BUSY
        if refusal is None:
            pieces.append(piece)
        else:
            pieces.clear()
        if not message.get("more_body", False):
            return refusal or b"".join(pieces)
        if size > limits.MAX_DRAINED_BYTES:
            return refusal or TOO_LARGE


def _exceeds(declared: str, limit: int) -> bool:
    return declared.isascii() and declared.isdecimal() and (len(declared) > 18 or int(declared) > limit)
