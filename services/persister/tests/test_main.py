"""The service as a process: events in, rows out, a clean end."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from mailtide_common.contracts.causes import Cause
from mailtide_common.contracts.codec import Encoded
from mailtide_common.contracts.events import SyncKind
from mailtide_common.contracts.times import UnixMicros
from mailtide_common.contracts.topics import MESSAGES
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.topics_admin import ensure_topics
from mailtide_devkit.local.ports import free_port
from mailtide_devkit.local.waiting import until
from mailtide_harness import persister as build

COMMAND = Path(sys.executable).parent / "mailtide-persister"
SECONDS = 60


@asynccontextmanager
async def service(environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_events_become_rows_and_sigterm_ends_well(
    kafka: Any, database_url: str, pool: asyncpg.Pool
) -> None:
    servers = kafka.bootstrap_servers
    await ensure_topics(Brokers.plain(servers), 12)
    port = free_port()
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": servers,
        "DATABASE_URL": database_url,
        "MAILTIDE_PORT": str(port),
    }
    async with (
        service(environment) as process,
        Publisher(Brokers.plain(servers), source="test") as publisher,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http,
    ):

        async def ready() -> bool:
            try:
                return (await http.get("/readyz")).status_code == 200
            except httpx.TransportError:
                return False

        await until(ready, what="the persister is ready")
        grant = "service"
        await publisher.publish_all(
            [
                build.account(1, grant=grant, email_address="a@example.com"),
                build.folder(1, grant=grant),
                build.content(1, grant=grant),
                build.finished(1_000_000, grant=grant, kind=SyncKind.BACKFILL),
            ]
        )
        received_at = UnixMicros(time.time_ns() // 1_000 - 90_000_000)
        await publisher.publish_caused([(build.state(1, grant=grant, unread=True), Cause(None, received_at))])
        await publisher.send(MESSAGES, Encoded(b"service/junk/content", b"junk", [("type", b"junk")]))

        async def stored() -> bool:
            return bool(
                await pool.fetchval(
                    "SELECT count(*) FROM email_accounts AS a JOIN emails AS e ON e.account_id = a.id "
                    "JOIN email_threads AS t ON t.id = e.thread_id JOIN email_folders AS f ON f.account_id = a.id "
                    "JOIN dead_letters AS d ON d.key = 'service/junk/content' "
                    "WHERE a.nylas_grant_id = 'service' AND a.email_address IS NOT NULL "
                    "AND a.last_sync_at IS NOT NULL AND NOT e.is_read AND t.unread_count = 1"
                )
            )

        await until(stored, what="the rows are there")
        served = (await http.get("/metrics")).text
        assert 'mailtide_persister_records_total{result="changed"' in served
        webhooks = 'mailtide_persister_webhook_to_commit_seconds_bucket{le="%s"} %.1f'
        assert webhooks % ("60.0", 0) in served, "received 90 s ago"
        assert webhooks % ("300.0", 1) in served
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), SECONDS) == 0


async def test_a_refused_login_is_one_clear_line_and_exit_2(kafka: Any, database_url: str) -> None:
    servers = kafka.bootstrap_servers
    await ensure_topics(Brokers.plain(servers), 12)
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": servers,
        "DATABASE_URL": database_url.replace("@", "x@"),
        "MAILTIDE_PORT": str(free_port()),
    }
    async with service(environment) as process:
        _, errors = await asyncio.wait_for(process.communicate(), SECONDS)
        assert process.returncode == 2
        (line,) = errors.decode().splitlines()
        assert line.startswith(
            "mailtide-persister: Postgres refuses the connection: password authentication failed"
        )
