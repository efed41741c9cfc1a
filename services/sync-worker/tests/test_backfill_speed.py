"""How long 4,000 mails take at 200 ms a page: a real socket, a real Kafka, a real Postgres."""

import time
from collections.abc import Iterator

import asyncpg
import pytest

from mailtide_common.contracts.codec import encode
from mailtide_common.contracts.events import SyncKind, SyncRequested
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.runtime.publisher import Publisher
from mailtide_common.runtime.settings import KafkaSettings
from mailtide_common.runtime.topics_admin import ensure_topics
from mailtide_devkit.kafka import Kafka
from mailtide_devkit.nylas.client import SimulatorAdmin
from mailtide_devkit.nylas.process import SimulatorProcess
from mailtide_nylas import NylasClient
from mailtide_sync_worker.app import build_pulls
from mailtide_sync_worker.live_first import LiveFirst
from mailtide_sync_worker.local_index import LocalIndex
from mailtide_sync_worker.mail_index import MailIndex
from mailtide_sync_worker.pull_account import AccountPuller
from mailtide_sync_worker.work import Worker

from .support import record_of  # type: ignore[import-not-found]

pytestmark = pytest.mark.real

PAGES = 20
LATENCY = 0.2


@pytest.fixture
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess.start("--empty") as running:
        yield running


async def test_four_thousand_mails(simulator: SimulatorProcess, kafka: Kafka, pool: asyncpg.Pool) -> None:
    """Reading ahead hides the publishing: what is left is Nylas' own time."""
    settings = KafkaSettings(kafka_bootstrap_servers=kafka.bootstrap_servers)
    await ensure_topics(settings.brokers, settings.mailtide_topic_partitions)
    async with (
        SimulatorAdmin(simulator.url) as admin,
        Publisher(settings.brokers, source="test") as publisher,
        NylasClient(simulator.url, "simulated-key", "simulated-client") as nylas,
    ):
        await admin.create_mailbox("big@example.com", count=4_000, days=900, size=4_000)
        grant = await admin.connect("big@example.com")
        known, index = LocalIndex(pool), MailIndex(pool)
        accounts = AccountPuller(nylas, known, publisher)
        worker = Worker(
            build_pulls(nylas, known, index, accounts, publisher, live_first=LiveFirst()), accounts, publisher
        )
        await admin.fault("latency", seconds=LATENCY)
        request = SyncRequested(task_id=account_uuid(grant), grant_id=grant, kind=SyncKind.BACKFILL)
        started = time.monotonic()
        await worker.work(record_of(request.topic(), encode(request, source="test")))
        seconds = time.monotonic() - started
        calls = await admin.calls()
    print(f"4,000 mails, {PAGES} pages at {LATENCY} s: {seconds:.2f} s")  # noqa: T201 - the figure
    assert calls["grants"][grant] == {"GET /messages": PAGES}
    assert seconds < 2.5 * PAGES * LATENCY
