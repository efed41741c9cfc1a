"""Checks whether servers accept connections and answer."""

import asyncio
from urllib.parse import urlsplit

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.reachable import accepts_connections
from mailtide_common.runtime.stopping import DISCONNECT_SECONDS, within

PROBE_SECONDS = 5


async def accepts(host: str, port: int) -> bool:
    """Return whether a server accepts connections.

    `kafka_answers` and `postgres_answers` check this first, because their clients log refused connections.
    """
    return await accepts_connections(host, port, seconds=PROBE_SECONDS)


async def kafka_answers(brokers: Brokers) -> bool:
    """Return whether any of the brokers answers with a list of brokers that is not empty."""
    addresses = [server.rpartition(":") for server in brokers.servers]
    if not any([await accepts(host, int(port)) for host, _, port in addresses]):
        return False
    admin = AIOKafkaAdminClient(**brokers.client_options(), request_timeout_ms=PROBE_SECONDS * 1_000)
    try:
        await admin.start()
        return bool((await admin.describe_cluster())["brokers"])
    except (KafkaError, OSError):
        return False
    finally:
        await within(DISCONNECT_SECONDS, "admin client", admin.close())


async def postgres_answers(database_url: str) -> bool:
    """Return whether a session can be opened and closed."""
    parts = urlsplit(database_url)
    if not await accepts(parts.hostname or "", parts.port or 5432):
        return False
    try:
        connection = await asyncpg.connect(database_url, timeout=PROBE_SECONDS)
        await connection.close(timeout=PROBE_SECONDS)
    except (asyncpg.PostgresError, OSError):
        return False
    return True


async def http_status(host: str, port: int, path: str) -> int | None:
    """Return the status of the answer to a GET, or None without an HTTP answer within 5 s."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
                words = (await reader.readline()).split()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return None
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else None
