"""Reads a request's body within bounds of size, time and memory, which uvicorn does not set.

Memory is divided so that strangers cannot shut out others: each client address may hold only a part of it, and when it
is used up, slow bodies are refused, first those of the address that holds most. A refused body holds no memory from
then on, though the rest of it may still be read and dropped.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address, ip_network
from itertools import takewhile

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from . import limits
from .answers import BUSY, TOO_LARGE, TOO_SLOW, Answer


class Buffered:
    """How many bytes of bodies all requests hold together."""

    def __init__(
        self,
        limit: int = limits.MAX_BUFFERED_BYTES,
        limit_of_one: int = limits.MAX_BUFFERED_BYTES_OF_ONE,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start with no memory held.

        Args:
            limit: bytes over all requests.
            limit_of_one: bytes over all requests of one client.
            now: seconds of a clock that only moves forward.
        """
        self.limit = limit
        self.limit_of_one = limit_of_one
        self.held = 0
        self._now = now
        self._of_client: Counter[str] = Counter()
        self._reading: dict[Share, float] = {}
        """Incomplete bodies and when each began, the oldest first."""

    @contextmanager
    def share(self, client: str) -> Iterator["Share"]:
        """The memory of one request, released at its end at the latest.

        Args:
            client: whose request it is; see `client_of`.
        """
        share = Share(self, client)
        self._reading[share] = self._now()
        try:
            yield share
        finally:
            self.complete(share)
            self.release(share)

    def take(self, share: "Share", size: int) -> bool:
        """Hold more bytes; if memory is used up, slow bodies are refused to make room."""
        while not self._fits(share, size):
            slow = self._slow_body(of=share.client if self._at_limit(share.client, size) else None)
            if slow is None:
                return False
            slow.give_way()
        self.held += size
        self._of_client[share.client] += size
        return True

    def complete(self, share: "Share") -> None:
        """The body no longer counts as slow."""
        self._reading.pop(share, None)

    def release(self, share: "Share") -> None:
        """Release all that the body holds."""
        self.held -= share.size
        self._of_client[share.client] -= share.size
        share.size = 0
        if not self._of_client[share.client]:
            del self._of_client[share.client]

    def _fits(self, share: "Share", size: int) -> bool:
        return self.held + size <= self.limit and not self._at_limit(share.client, size)

    def _at_limit(self, client: str, size: int) -> bool:
        return self._of_client[client] + size > self.limit_of_one

    def _slow_body(self, *, of: str | None) -> "Share | None":
        """The oldest slow body of the client that holds most, or of the given one; None when there is none."""
        began_before = self._now() - limits.SLOW_BODY_SECONDS
        slow = takewhile(lambda share: self._reading[share] < began_before, self._reading)
        holding = (share for share in slow if share.size and of in (None, share.client))
        return max(holding, key=lambda share: self._of_client[share.client], default=None)


class Share:
    """One request's part of what is held."""

    def __init__(self, buffered: Buffered, client: str) -> None:
        """Start with no bytes held."""
        self._buffered = buffered
        self.client = client
        self.size = 0
        self.gave_way = False
        self.deadline: asyncio.Timeout | None = None
        """The timeout around the reading; it can be moved forward to end it."""

    def take(self, size: int) -> bool:
        """Hold more, unless that were too much."""
        if self.gave_way or not self._buffered.take(self, size):
            return False
        self.size += size
        return True

    def release(self) -> None:
        """Release all bytes: the body was refused."""
        self._buffered.release(self)

    def complete(self) -> None:
        """The body is complete, and can no longer be refused as slow."""
        self._buffered.complete(self)

    def give_way(self) -> None:
        """Stop reading, so that other requests have memory."""
        self.gave_way = True
        self.complete()
        self.release()
        if self.deadline is not None and not self.deadline.expired():
            self.deadline.reschedule(0)


async def read_body(
    receive: Receive,
    declared: str | None,
    share: Share,
    *,
    refusal: Answer | None = None,
    seconds: float = limits.BODY_SECONDS,
) -> bytes | Answer:
    """The whole body, or why not.

    Args:
        receive: ASGI's.
        declared: `Content-Length`, when there is one.
        share: of the memory that all requests may hold.
        refusal: the answer that is already certain; the body is then dropped as it arrives.
        seconds: for the whole body.

    Raises:
        ClientDisconnect: the sender went away.
    """
    if declared is not None and _exceeds(declared, limits.MAX_DRAINED_BYTES):
        return TOO_LARGE
    try:
        async with asyncio.timeout(seconds) as share.deadline:
            return await _read(receive, share, refusal)
    except TimeoutError:
        return BUSY if share.gave_way else TOO_SLOW
    finally:
        share.deadline = None


async def _read(receive: Receive, share: Share, refusal: Answer | None) -> bytes | Answer:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece: bytes = message.get("body", b"")
        size += len(piece)
        if refusal is None:
            refusal = _refusal(share, size, len(piece))
            pieces.append(piece)
        if refusal is not None:
            pieces.clear()
            share.release()
        if not message.get("more_body", False):
            share.complete()
            return refusal or b"".join(pieces)
        if size > limits.MAX_DRAINED_BYTES:
            return TOO_LARGE


def _refusal(share: Share, size: int, added: int) -> Answer | None:
    if size > limits.MAX_BODY_BYTES:
        return TOO_LARGE
    return None if share.take(added) else BUSY


def _exceeds(declared: str, limit: int) -> bool:
    return declared.isascii() and declared.isdecimal() and (len(declared) > 18 or int(declared) > limit)


def client_of(host: str | None) -> str:
    """The client of an address: the address of IPv4, the /64 network of IPv6."""
    if host is None or ":" not in host:
        return host or ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((address.packed, 64), strict=False))
    return host
