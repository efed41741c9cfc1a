"""Reads a request's body within limits of size, time and memory, because uvicorn sets none.

Each client may hold only a part of the memory, so that one client cannot block others. If a body needs more
memory than is free, slow bodies (incomplete after `limits.SLOW_BODY_SECONDS`) are refused:

- slow bodies of the same client, if its part is used up;
- else slow bodies of any client, first of the client that uses the most memory.

If no slow body is left, the body that needs the memory is refused.
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
    """Bounds the bytes of bodies in memory, over all requests and for each client.

    Args:
        limit: maximum number of bytes of all requests together.
        limit_of_one: maximum number of bytes of all requests of one client.
        now: returns the time of a monotonic clock, in seconds.
    """

    def __init__(
        self,
        limit: int = limits.MAX_BUFFERED_BYTES,
        limit_of_one: int = limits.MAX_BUFFERED_BYTES_OF_ONE,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit = limit
        self.limit_of_one = limit_of_one
        self.held = 0
        self._now = now
        self._of_client: Counter[str] = Counter()
        self._reading: dict[Reservation, float] = {}
        """When each incomplete body began, by the clock `now`. The oldest body is first."""

    @contextmanager
    def reservation(self, client: str) -> Iterator["Reservation"]:
        """Yield a reservation for one request, and release it at the end. `client` is from `client_of`."""
        reservation = Reservation(self, client)
        self._reading[reservation] = self._now()
        try:
            yield reservation
        finally:
            self.complete(reservation)
            self.release(reservation)

    def take(self, reservation: "Reservation", size: int) -> bool:
        """Count `size` more bytes as held, and refuse slow bodies if memory is needed.

        Return False if the bytes do not fit. Otherwise, the caller adds `size` to `reservation.size`.
        """
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
        """Record that a body is complete or refused, so that it no longer counts as slow."""
        self._reading.pop(reservation, None)

    def release(self, reservation: "Reservation") -> None:
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
        """Return the oldest slow body that holds memory, or None if there is none.

        It is one of client `of` or, if `of` is None, of the client that uses the most memory among those with
        such bodies.
        """
        began_before = self._now() - limits.SLOW_BODY_SECONDS
        slow = takewhile(lambda reservation: self._reading[reservation] < began_before, self._reading)
        holding = (
            reservation for reservation in slow if reservation.size and of in (None, reservation.client)
        )
        return max(holding, key=lambda reservation: self._of_client[reservation.client], default=None)


class Reservation:
    """The memory that one request holds."""

    def __init__(self, budget: MemoryBudget, client: str) -> None:
        self._budget = budget
        self.client = client
        self.size = 0
        self.evicted = False
        self.deadline: asyncio.Timeout | None = None
        """Time-out of reading the body. `evict` makes it expire at once."""

    def take(self, size: int) -> bool:
        """Reserve `size` more bytes, for which slow bodies may be refused.

        Return False if the bytes do not fit, or if this body was refused.
        """
        if self.evicted or not self._budget.take(self, size):
            return False
        self.size += size
        return True

    def release(self) -> None:
        self._budget.release(self)

    def complete(self) -> None:
        """Record that the body is complete, so that it no longer counts as slow."""
        self._budget.complete(self)

    def evict(self) -> None:
        """Refuse the body and stop reading it, to free memory for other requests."""
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
    """Return the whole body, or the answer that refuses it.

    Args:
        receive: ASGI's `receive`.
        declared: the value of `Content-Length`, if present. Above `limits.MAX_DRAINED_BYTES`, nothing is
            read.
        reservation: the request's reservation, to which the body's bytes are added.
        refusal: the answer, if it is known before the body is read. The body is then read and discarded.
        seconds: time to receive the whole body.

    Raises:
        ClientDisconnect: the client disconnected before the end of the body.
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
    """Return the name of the client at an address.

    The name is the IPv4 address, or the /64 network of an IPv6 address. It is "" if `host` is None, and
    `host` itself if `host` is no IP address.
    """
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
