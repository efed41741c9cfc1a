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

from mailtide_ingress import limits
from mailtide_ingress.answers import BUSY, TOO_LARGE, TOO_SLOW, Answer


class MemoryBudget:
    """The bytes of bodies that all requests hold together."""

    def __init__(
        self,
        limit: int = limits.MAX_BUFFERED_BYTES,
        limit_of_one: int = limits.MAX_BUFFERED_BYTES_OF_ONE,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Create a budget of which nothing is held.

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
        self._reading: dict[Reservation, float] = {}
        """Incomplete bodies and when each began, the oldest first."""

    @contextmanager
    def reservation(self, client: str) -> Iterator["Reservation"]:
        """Provide the memory of one request, released at its end at the latest.

        Args:
            client: as `client_of` returns it.
        """
        reservation = Reservation(self, client)
        self._reading[reservation] = self._now()
        try:
            yield reservation
        finally:
            self.complete(reservation)
            self.release(reservation)

    def take(self, reservation: "Reservation", size: int) -> bool:
        """Hold more bytes; if memory is used up, refuse slow bodies to make room."""
        while not self._fits(reservation, size):
            slow = self._slow_body(
                of=reservation.client if self._at_limit(reservation.client, size) else None
            )
            if slow is None:
                return False
            slow.evict()
        self.held += size
        self._of_client[reservation.client] += size
        return True

    def complete(self, reservation: "Reservation") -> None:
        """Note that the body no longer counts as slow."""
        self._reading.pop(reservation, None)

    def release(self, reservation: "Reservation") -> None:
        """Release all that the body holds."""
        self.held -= reservation.size
        self._of_client[reservation.client] -= reservation.size
        reservation.size = 0
        if not self._of_client[reservation.client]:
            del self._of_client[reservation.client]

    def _fits(self, reservation: "Reservation", size: int) -> bool:
        return self.held + size <= self.limit and not self._at_limit(reservation.client, size)

    def _at_limit(self, client: str, size: int) -> bool:
        return self._of_client[client] + size > self.limit_of_one

    def _slow_body(self, *, of: str | None) -> "Reservation | None":
        """Return the oldest slow body of the client that holds most, or of the given one; None if there is none."""
        began_before = self._now() - limits.SLOW_BODY_SECONDS
        slow = takewhile(lambda reservation: self._reading[reservation] < began_before, self._reading)
        holding = (
            reservation for reservation in slow if reservation.size and of in (None, reservation.client)
        )
        return max(holding, key=lambda reservation: self._of_client[reservation.client], default=None)


class Reservation:
    """The share of one request."""

    def __init__(self, budget: MemoryBudget, client: str) -> None:
        self._budget = budget
        self.client = client
        self.size = 0
        self.evicted = False
        self.deadline: asyncio.Timeout | None = None
        """The timeout around the reading; it can be moved forward to end it."""

    def take(self, size: int) -> bool:
        """Hold more bytes; return whether the limits permit it."""
        if self.evicted or not self._budget.take(self, size):
            return False
        self.size += size
        return True

    def release(self) -> None:
        """Release all bytes, because the body was refused."""
        self._budget.release(self)

    def complete(self) -> None:
        """Note that the body is complete, and can no longer be refused as slow."""
        self._budget.complete(self)

    def evict(self) -> None:
        """Stop reading, to make room for other requests."""
        self.evicted = True
        self.complete()
        self.release()
        if self.deadline is not None and not self.deadline.expired():
            self.deadline.reschedule(0)


async def read_body(
    receive: Receive,
    declared: str | None,
    reservation: Reservation,
    *,
    refusal: Answer | None = None,
    seconds: float = limits.BODY_SECONDS,
) -> bytes | Answer:
    """Read the whole body; return it, or the answer that refuses it.

    Args:
        receive: ASGI's `receive`.
        declared: `Content-Length`, if present.
        reservation: this request's share of the memory.
        refusal: an answer that is already certain; the body is then dropped as it arrives.
        seconds: time for the whole body.

    Raises:
        ClientDisconnect: the client disconnected.
    """
    if declared is not None and _exceeds(declared, limits.MAX_DRAINED_BYTES):
        return TOO_LARGE
    try:
        async with asyncio.timeout(seconds) as reservation.deadline:
            return await _read(receive, reservation, refusal)
    except TimeoutError:
        return BUSY if reservation.evicted else TOO_SLOW
    finally:
        reservation.deadline = None


async def _read(receive: Receive, reservation: Reservation, refusal: Answer | None) -> bytes | Answer:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece: bytes = message.get("body", b"")
        size += len(piece)
        if refusal is None:
            refusal = _refusal(reservation, size, len(piece))
            pieces.append(piece)
        if refusal is not None:
            pieces.clear()
            reservation.release()
        if not message.get("more_body", False):
            reservation.complete()
            return refusal or b"".join(pieces)
        if size > limits.MAX_DRAINED_BYTES:
            return TOO_LARGE


def _refusal(reservation: Reservation, size: int, added: int) -> Answer | None:
    if size > limits.MAX_BODY_BYTES:
        return TOO_LARGE
    return None if reservation.take(added) else BUSY


def _exceeds(declared: str, limit: int) -> bool:
    return declared.isascii() and declared.isdecimal() and (len(declared) > 18 or int(declared) > limit)


def client_of(host: str | None) -> str:
    """Return the client of an address: the address for IPv4, the /64 network for IPv6."""
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
