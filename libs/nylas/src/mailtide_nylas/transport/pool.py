"""Distributes calls over several HTTP clients, and replaces those whose connection slots have leaked.

Each client has a small pool without a keep-alive limit, because httpcore 1.0.9 handles large pools badly
(`AsyncConnectionPool._assign_requests_to_connections`):

- Twice per call, it iterates over all connections for each idle one. In a pool with 64 calls in flight,
  this took more than half of a worker's CPU (measured with py-spy).
- It compares `max_keepalive_connections` with the number of all connections, not of the idle ones. So it
  closed every connection as soon as the connection was idle.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

CONNECTIONS = 16
"""Maximum number of connections of a client. A call uses the first client with a free one, to reuse
connections."""

CLIENTS = 8
"""Maximum number of clients; together they hold more connections than a worker has calls in flight (64)."""

LIMITS = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=None, keepalive_expiry=30.0)

POOL_TIMEOUTS_BEFORE_REBUILD = 3

Build = Callable[[httpx.Limits], httpx.AsyncClient]


@dataclass(slots=True, eq=False)
class _Slot:
    """A client and the number of calls that use it. A retired client is closed after its last call."""

    client: httpx.AsyncClient
    calls: int = 0
    pool_timeouts: int = 0
    retired: bool = False


class ClientPool:
    """Assigns a client to each call: at most `CONNECTIONS` calls per client, or more if all clients are full.

    httpx 0.28 leaks the connection slot of a cancelled request. A client that has lost all its slots fails
    with `PoolTimeout`. After `POOL_TIMEOUTS_BEFORE_REBUILD` of these without a success between them, a new
    client replaces it. Calls in flight finish on the old client.
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
        """Yield a client for one call. Retire the client after too many `PoolTimeout`s (see the class)."""
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
