"""Checks whether servers answer."""

import asyncio

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.reachable import accepts_connections
from mailtide_common.runtime.stopping import DISCONNECT_SECONDS, within

PROBE_SECONDS = 5


async def kafka_answers(brokers: Brokers) -> bool:
    """Return whether any of the brokers answers with a list of brokers that is not empty."""
    # checked first, because aiokafka logs refused connections
    if not any([await _accepts(server) for server in brokers.servers]):
        return False
    admin = AIOKafkaAdminClient(**brokers.client_options(), request_timeout_ms=PROBE_SECONDS * 1_000)
    try:
        await admin.start()
        return bool((await admin.describe_cluster())["brokers"])
    except (KafkaError, OSError):
        return False
    finally:
        await within(DISCONNECT_SECONDS, "admin client", admin.close())


async def _accepts(server: str) -> bool:
    host, _, port = server.rpartition(":")
    return await accepts_connections(host, int(port), seconds=PROBE_SECONDS)


async def postgres_answers(database_url: str) -> bool:
    """Return whether a session can be opened and closed."""
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
