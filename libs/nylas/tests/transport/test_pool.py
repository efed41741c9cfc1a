"""The pool of HTTP clients, on a server that counts its connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from mailtide_nylas.transport.pool import CONNECTIONS, POOL_TIMEOUTS_BEFORE_REBUILD, ClientPool

IN_FLIGHT = 64
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


@dataclass
class Server:
    """Answers a group of requests once all of them have arrived, so that all are in flight at once."""

    group: int = 1
    connections: int = 0
    arrived: int = 0
    complete: asyncio.Condition = field(default_factory=asyncio.Condition)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                await self._group_arrived()
                writer.write(ANSWER)
                await writer.drain()
        except asyncio.IncompleteReadError:
            writer.close()

    async def _group_arrived(self) -> None:
        async with self.complete:
            self.arrived += 1
            wanted = -(-self.arrived // self.group) * self.group
            self.complete.notify_all()
            await self.complete.wait_for(lambda: self.arrived >= wanted)


@asynccontextmanager
async def serving(group: int) -> AsyncIterator[Server]:
    server = Server(group)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/"
    try:
        yield server
    finally:
        listener.close()


def clients(made: list[httpx.AsyncClient], *, timeout: float = 5.0) -> ClientPool:
    def build(limits: httpx.Limits) -> httpx.AsyncClient:
        made.append(httpx.AsyncClient(limits=limits, timeout=timeout, trust_env=False))
        return made[-1]

    return ClientPool(build)


async def call(pool: ClientPool, url: str) -> None:
    async with pool.client() as client:
        (await client.get(url)).raise_for_status()


async def test_connections_of_many_calls_at_once_are_kept_for_the_next() -> None:
    pool = clients([])
    async with serving(IN_FLIGHT) as server:
        for _ in range(4):
            await asyncio.gather(*(call(pool, server.url) for _ in range(IN_FLIGHT)))
        await pool.aclose()
    assert server.arrived == 4 * IN_FLIGHT
    assert server.connections == IN_FLIGHT


async def test_calls_one_after_another_share_one_connection() -> None:
    made: list[httpx.AsyncClient] = []
    pool = clients(made)
    async with serving(1) as server:
        for _ in range(3 * CONNECTIONS):
            await call(pool, server.url)
        await pool.aclose()
    assert (len(made), server.connections) == (1, 1)


async def test_a_client_that_is_full_of_dead_slots_is_replaced() -> None:
    made: list[httpx.AsyncClient] = []
    pool = clients(made)

    async def late() -> None:
        async with pool.client():
            raise httpx.PoolTimeout("full")

    async with serving(1) as server, pool.client() as in_flight:
        for _ in range(POOL_TIMEOUTS_BEFORE_REBUILD):
            with pytest.raises(httpx.PoolTimeout):
                await late()
        await call(pool, server.url)
        assert not in_flight.is_closed
    assert [client.is_closed for client in made] == [True, False]
    await pool.aclose()
