"""Distributes calls over several HTTP clients, and replaces those whose connection slots have leaked.

Twice per call, httpcore 1.0.9 iterates over all connections of a pool for each of them, and it compares
`max_keepalive_connections` with the number of all connections instead of the idle ones. One pool with 64 calls in
flight used more than half of a worker's CPU for that, and closed every connection as soon as it was idle (read in
`AsyncConnectionPool._assign_requests_to_connections`; measured with py-spy). Small pools without a keep-alive limit
avoid both.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

CONNECTIONS = 16
"""Most connections of a client. Calls use the first client with a free one, so that connections are reused."""

CLIENTS = 8
"""Most clients; together they hold more connections than a worker has calls in flight (64)."""

LIMITS = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=None, keepalive_expiry=30.0)

POOL_TIMEOUTS_BEFORE_REBUILD = 3

Build = Callable[[httpx.Limits], httpx.AsyncClient]


@dataclass(slots=True, eq=False)
class _Slot:
    """A client and the number of calls that use it; once retired, it is closed after its last call."""

    client: httpx.AsyncClient
    calls: int = 0
    pool_timeouts: int = 0
    retired: bool = False


class ClientPool:
    """Assigns a client to each call, with at most `CONNECTIONS` calls per client unless all clients are full.

    httpx 0.28 leaks the connection slot of a cancelled request. A client that has lost all its slots is replaced after
    `POOL_TIMEOUTS_BEFORE_REBUILD` calls that ended in `PoolTimeout` without a successful one between them; calls in
    flight finish on the old one.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        self._slots: list[_Slot] = []

    async def aclose(self) -> None:
        """Close all clients except retired ones, which close after their last call."""
        for slot in self._slots:
            await slot.client.aclose()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """Yield a client for one call; retire the client after too many `PoolTimeout`s (see the class)."""
        slot = self._choose()
        slot.calls += 1
        try:
            yield slot.client
        except httpx.PoolTimeout:
            slot.pool_timeouts += 1
            if slot.pool_timeouts >= POOL_TIMEOUTS_BEFORE_REBUILD and not slot.retired:
                slot.retired = True
                self._slots.remove(slot)
            raise
        else:
            slot.pool_timeouts = 0
        finally:
            slot.calls -= 1
            if slot.retired and slot.calls == 0:
                await slot.client.aclose()

    def _choose(self) -> _Slot:
        for slot in self._slots:
            if slot.calls < CONNECTIONS:
                return slot
        if len(self._slots) < CLIENTS:
            self._slots.append(_Slot(self._build(LIMITS)))
            return self._slots[-1]
        return min(self._slots, key=lambda slot: slot.calls)
