"""HTTP clients that share the calls in flight, and are replaced when their connection slots leak.

httpcore 1.0.9 goes through all connections of a pool for each of them, twice per call, and compares
`max_keepalive_connections` with all connections instead of the idle ones: one pool with 64 calls in flight spent
more than half of a worker's CPU there, and closed every connection as soon as it was idle (read in
`AsyncConnectionPool._assign_requests_to_connections`; measured with py-spy). Small pools without a keep-alive limit
have neither cost.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

CONNECTIONS = 16
"""Of each client. Calls go to the first client that has a free one, so a quiet process keeps a few connections warm."""

CLIENTS = 8
"""Most clients; together they hold more connections than a worker has calls in flight (64)."""

LIMITS = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=None, keepalive_expiry=30.0)

POOL_TIMEOUTS_BEFORE_REBUILD = 3

Build = Callable[[httpx.Limits], httpx.AsyncClient]


@dataclass(slots=True, eq=False)
class _Slot:
    """A client and the number of calls that use it; a retired one is closed by its last call."""

    client: httpx.AsyncClient
    calls: int = 0
    pool_timeouts: int = 0
    retired: bool = False


class ClientPool:
    """Lends clients to calls, at most 16 calls per client while another client has room.

    httpx 0.28 leaks the connection slot of a cancelled request. A client whose slots are all lost is replaced after
    three `PoolTimeout`s in a row; calls in flight end on the old one.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        self._slots: list[_Slot] = []

    async def aclose(self) -> None:
        """Close all connections."""
        for slot in self._slots:
            await slot.client.aclose()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """Lend a client to one call, and watch for its errors, which pass through."""
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
