"""The whole service on real Kafka and Postgres: the latency of requests, and runs to their end."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest

from mailtide_common.contracts.codec import Record, decode
from mailtide_common.contracts.events import (
    Account,
    AccountStatus,
    SyncFinished,
    SyncKind,
    SyncOutcome,
    SyncRequested,
)
from mailtide_common.contracts.topics import BACKFILL_REQUESTS, SYNC_REQUESTS, Topic
from mailtide_common.contracts.versions import Source, Version
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.reader import TopicFollower
from mailtide_common.runtime.kafka.topics_admin import ensure_topics
from mailtide_common.runtime.web.server import Switch
from mailtide_devkit.local.backends import KafkaServer
from mailtide_devkit.local.waiting import until
from mailtide_harness.scheduler import Harness, wanted
from mailtide_scheduler import limits
from mailtide_scheduler.app import create_app
from mailtide_scheduler.settings import SchedulerSettings

REQUESTS = 40


@pytest.fixture
async def settings(kafka: KafkaServer, database_url: str) -> SchedulerSettings:
    settings = SchedulerSettings(
        kafka_bootstrap_servers=kafka.bootstrap_servers,
        database_url=database_url,
        nylas_api_uri="http://127.0.0.1:9",
        nylas_api_key="key",
        nylas_client_id="client",
        secret_key="a-secret-key-for-tests",
        cron_secret="a-cron-secret-for-tests",
        admin_token="an-admin-token-for-tests",
        mailtide_manage_webhooks=False,
    )
    await ensure_topics(settings.brokers, settings.mailtide_topic_partitions)
    return settings


class Follower:
    """Reads what the scheduler sends, with the time at which it was read."""

    def __init__(self, settings: SchedulerSettings, topic: Topic = SYNC_REQUESTS) -> None:
        self.seen: dict[Any, tuple[float, SyncRequested]] = {}
        self._follower = TopicFollower(settings.brokers, topic, self._note)

    def _note(self, record: Record) -> None:
        event = decode(record)
        if isinstance(event, SyncRequested):
            self.seen[event.grant_id, event.message_id] = (time.monotonic(), event)

    async def follow(self) -> None:
        while True:
            await self._follower.follow(timeout_ms=200)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Follower"]:
        await self._follower.start()
        await self._follower.catch_up()
        task = asyncio.create_task(self.follow())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._follower.stop()

    async def request(self, grant: str, message: str | None) -> tuple[float, SyncRequested]:
        async def seen() -> bool:
            return (grant, message) in self.seen

        await until(seen, what=f"a request for {grant}/{message}")
        return self.seen[grant, message]


@asynccontextmanager
async def running(settings: SchedulerSettings) -> AsyncIterator[httpx.AsyncClient]:
    switch = Switch()
    app = create_app(settings, switch)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://scheduler", timeout=60) as client:
            yield client
    assert switch.exit_code == 0


async def test_a_request_is_sent_before_the_next_regular_pass(settings: SchedulerSettings) -> None:
    """Each request follows the one before at once, so regular passes alone would send one per `TICK_SECONDS`."""
    async with (
        running(settings),
        Follower(settings).running() as follower,
        Publisher(settings.brokers, source="test") as publisher,
    ):
        await publisher.publish(wanted("warm", "up"))
        await follower.request("warm", "up")
        latencies = []
        for n in range(REQUESTS):
            started = time.monotonic()
            await publisher.publish(wanted(f"g{n}", "m"))
            seen, _ = await follower.request(f"g{n}", "m")
            latencies.append(seen - started)
    assert statistics.median(latencies) < limits.TICK_SECONDS / 2


async def test_a_connected_account_is_synced_and_a_run_ends(
    settings: SchedulerSettings, pool: asyncpg.Pool
) -> None:
    harness = Harness(pool)
    now = now_us()
    connected = Account(
        grant_id="fresh",
        version=Version(observed_at=now, source=Source.CONNECT, event_id="e"),
        status=AccountStatus.ACTIVE,
        connected_at=now,
    )
    async with (
        running(settings) as client,
        Follower(settings).running() as follower,
        Follower(settings, BACKFILL_REQUESTS).running() as bulk,
        Publisher(settings.brokers, source="test") as publisher,
    ):
        await publisher.publish(connected)
        _, first = await follower.request("fresh", None)
        _, backfill = await bulk.request("fresh", None)
        assert backfill.kind is SyncKind.BACKFILL
        await publisher.publish_all([_done(first, 0), _done(backfill, 2)])
        await harness.add_account("fresh", observed_at=now, fresh=True)

        async def first_pass_is_done() -> bool:
            return (await harness.schedule("fresh"))["watermark"] is not None

        await until(first_pass_is_done, what="the first pass is noted")
        follower.seen.clear()
        call = asyncio.create_task(
            client.post("/api/cron/sync-emails", headers={"authorization": "Bearer a-cron-secret-for-tests"})
        )
        _, second = await follower.request("fresh", None)
        await publisher.publish(_done(second, 5))
        answer = await call
        assert answer.status_code == 200
        assert answer.json()["details"][0]["syncedCount"] == 5
        assert (await client.get("/readyz")).status_code == 200
        assert b"mailtide_scheduler_sent_requests_total" in (await client.get("/metrics")).content


def _done(request: SyncRequested, synced: int) -> SyncFinished:
    return SyncFinished(
        task_id=request.task_id,
        run_id=request.run_id,
        grant_id=request.grant_id,
        kind=request.kind,
        outcome=SyncOutcome.OK,
        synced_count=synced,
        watermark=1,
        started_at=now_us(),
        finished_at=now_us(),
    )
