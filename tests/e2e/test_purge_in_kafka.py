"""A purge is final: after the bound, no log segment contains the person's data, and no replay restores it.

The broker is a separate one, whose topics roll, compact and delete within a second what takes a day in production.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from aiokafka.admin import NewTopic
from aiokafka.record import MemoryRecords

from mailtide_common.contracts.codec import Encoded
from mailtide_common.contracts.events import (
    Account,
    AccountStatus,
    Address,
    Event,
    Folder,
    Lane,
    MessageContent,
    MessageState,
    SyncFinished,
    SyncKind,
    SyncOutcome,
    SyncRequested,
)
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.contracts.topics import (
    ACCOUNTS,
    ALL_TOPICS,
    DEAD_LETTERS,
    MESSAGES,
    NOTIFICATIONS,
    PURGES,
    SYNC_EVENTS,
    Cleanup,
    Topic,
)
from mailtide_common.contracts.versions import Source, Version
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.admin import admin_client
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.reader import read_to_end
from mailtide_common.runtime.kafka.topics_admin import partitions_of
from mailtide_common.runtime.postgres import create_pool
from mailtide_common.runtime.retry import until_available
from mailtide_devkit.local.backends import PostgresServer
from mailtide_devkit.local.kafka import Kafka
from mailtide_devkit.local.ports import free_port
from mailtide_devkit.local.waiting import until
from mailtide_persister.replay import replay
from mailtide_persister.settings import PersisterSettings
from mailtide_scheduler.roll_segments import SegmentRoller
from mailtide_sync_worker.known.state import KnownState
from mailtide_sync_worker.known.stored_index import StoredIndex
from mailtide_sync_worker.requests.purge import Purger

pytestmark = pytest.mark.real

PERSISTER = Path(sys.executable).parent / "mailtide-persister"
PARTITIONS = 2
SECONDS = 120
GRANT, OTHER = "11111111-aaaa-4aaa-8aaa-111111111111", "22222222-bbbb-4bbb-8bbb-222222222222"
FIRST, BULK = "What Bob wrote first", os.urandom(200_000).hex()
"""Much that is compacted already: what a purge adds is far less than the half at which Kafka compacts by itself."""
ADDRESS, TEXT = "ada.purged@example.org", "Words that only Ada wrote"

BROKER = {
    "log.cleaner.backoff.ms": "100",
    "log.retention.check.interval.ms": "200",
    "log.initial.task.delay.ms": "100",
    "log.cleaner.threads": "4",
}
"""A cleaner takes the log with the largest share of new bytes first. While all logs are rolled, small ones grow faster
than one thread cleans them on a busy machine, and the large one is never cleaned."""

SOON = {"segment.ms": "500", "max.compaction.lag.ms": "500", "delete.retention.ms": "200"}
"""Within a second instead of a day."""


def small(topic: Topic) -> dict[str, str]:
    """Return a topic's settings with short times; those of sync events stay, as what a purge leaves is in them."""
    if topic.cleanup is Cleanup.COMPACT:
        return topic.config() | SOON
    return topic.config() | {"segment.ms": "500"} | ({} if topic is SYNC_EVENTS else {"retention.ms": "2000"})


def version(source: Source = Source.API) -> Version:
    return Version(observed_at=now_us(), source=source, event_id=uuid4().hex)


def mailbox(grant: str, address: str, text: str, bulk: str = "") -> Iterator[Event]:
    yield Account(
        grant_id=grant,
        version=version(Source.CONNECT),
        status=AccountStatus.ACTIVE,
        email_address=address,
        connected_at=now_us(),
    )
    yield Folder(grant_id=grant, folder_id="inbox", version=version(), name=text)
    for number in range(5):
        yield MessageContent(
            grant_id=grant,
            message_id=f"m{number}",
            version=version(),
            lane=Lane.BACKFILL,
            thread_id="t",
            snippet=text,
            subject=text,
            body=f"<p>{text}</p>{bulk}",
            from_=(Address(email=address),),
            to=(),
            cc=(),
            bcc=(),
            reply_to=(),
            attachments=(),
            received_at=1_700_000_000,
            content_hash="c",
            core_hash="c",
        )
        yield MessageState(grant_id=grant, message_id=f"m{number}", version=version(), unread=True)
    yield SyncFinished(
        task_id=uuid4(),
        grant_id=grant,
        kind=SyncKind.BACKFILL,
        outcome=SyncOutcome.OK,
        started_at=now_us(),
        finished_at=now_us(),
    )


@dataclass
class Scene:
    """A purge after Kafka has deleted everything but its marker."""

    kafka: Kafka
    brokers: Brokers
    publisher: Publisher
    dump: str
    """The database from before the purge."""
    before: set[str]
    """Topics whose segments contained the person's data before."""
    seconds: float
    """From the purge until the last byte of the person's data was gone."""

    def settings(self, database_url: str) -> PersisterSettings:
        return PersisterSettings(
            kafka_bootstrap_servers=self.kafka.bootstrap_servers,
            database_url=database_url,
            mailtide_topic_partitions=PARTITIONS,
        )

    async def replay(self, database_url: str) -> None:
        await replay(self.settings(database_url), on_progress=lambda *_: None)

    async def compact_until(self, done: Any, what: str) -> None:
        """Have the scheduler roll segments until something is gone."""
        roller = SegmentRoller(self.publisher, PARTITIONS)

        async def rolled() -> bool:
            await roller.roll()
            return bool(await done())

        await until(rolled, seconds=SECONDS, what=what, every=1)


@pytest.fixture(scope="module")
async def scene(postgres: PostgresServer, migrated_template: str) -> AsyncIterator[Scene]:
    kafka = Kafka(settings=BROKER)
    name = f"dump_{uuid4().hex[:8]}"
    dump = await postgres.create_database(name, migrated_template)
    try:
        await kafka.start()
        brokers = Brokers.plain(kafka.bootstrap_servers)
        await create_topics(kafka)
        async with Publisher(brokers, source="test") as publisher:
            first = list(mailbox(GRANT, ADDRESS, TEXT))
            # on a busy machine, new topics have no leader for longer than a publish takes
            await until_available(
                partial(publisher.publish_all, first), event="kafka_unavailable", seconds=SECONDS
            )
            await publisher.publish_all(mailbox(OTHER, "bob@example.org", FIRST))
            await publisher.publish_all(mailbox(OTHER, "bob@example.org", "Bob", BULK))
            raw = Encoded(GRANT.encode(), f'{{"from":"{ADDRESS}","body":"{TEXT}"}}'.encode(), [])
            await publisher.send_all([(NOTIFICATIONS, raw), (DEAD_LETTERS, raw)])
            scene = Scene(kafka, brokers, publisher, dump, set(holding(kafka, TEXT, ADDRESS)), 0.0)
            await scene.replay(dump)

            async def clean() -> bool:
                return not holding(kafka, FIRST)

            await scene.compact_until(clean, "nearly nothing of the log is new")
            await purge(scene)
            started = time.monotonic()

            async def forgotten() -> bool:
                return not holding(kafka, TEXT, ADDRESS) and set(holding(kafka, GRANT)) <= {SYNC_EVENTS.name}

            await scene.compact_until(forgotten, "no segment holds the person")
            scene.seconds = time.monotonic() - started
            yield scene
    finally:
        await kafka.discard()
        await postgres.drop_database(name)


async def create_topics(kafka: Kafka) -> None:
    async with admin_client(Brokers.plain(kafka.bootstrap_servers)) as admin:
        await admin.create_topics(
            [
                NewTopic(topic.name, partitions_of(topic, PARTITIONS), 1, topic_configs=small(topic))
                for topic in ALL_TOPICS
            ]
        )


async def purge(scene: Scene) -> None:
    pool = await create_pool(scene.dump, max_size=2, application_name="test")
    try:
        await Purger(KnownState(pool), StoredIndex(pool), scene.publisher).purge(
            SyncRequested(task_id=uuid4(), grant_id=GRANT, kind=SyncKind.PURGE)
        )
    finally:
        await pool.close()


def holding(kafka: Kafka, *texts: str) -> list[str]:
    """Return the topics with a segment file, also one that waits for deletion, that contains one of the texts."""
    wanted = [text.encode() for text in texts]
    found = []
    for topic in ALL_TOPICS:
        segments = kafka.store.glob(f"{topic.name}-*/*.log*")
        if any(word in data for file in segments for data in contents(file) for word in wanted):
            found.append(topic.name)
    return found


def contents(file: Path) -> Iterator[bytes]:
    """Yield a segment's bytes, and its records decompressed."""
    data = read_renamed(file)
    yield data
    records = MemoryRecords(data)
    while (batch := records.next_batch()) is not None:
        for record in batch:
            yield from (part for part in (record.key, record.value) if part is not None)


def read_renamed(file: Path) -> bytes:
    """Return the bytes of a segment file, also if the broker renamed it after it was listed; none if it is deleted."""
    for name in (file.name, f"{file.name}.deleted"):
        with contextlib.suppress(FileNotFoundError):
            return file.with_name(name).read_bytes()
    return b""


async def keys_of(scene: Scene, topic: Topic) -> set[str]:
    found = set()
    async for chunk in read_to_end(scene.brokers, topic):
        found |= {record.key_text for record in chunk.records}
    return found


async def accounts(database_url: str) -> dict[str, str]:
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT nylas_grant_id, status FROM email_accounts")
        return {row["nylas_grant_id"]: row["status"] for row in rows}
    finally:
        await connection.close()


async def test_no_log_segment_holds_the_person_after_the_bound(scene: Scene) -> None:
    """INV-24."""
    assert scene.before >= {NOTIFICATIONS.name, DEAD_LETTERS.name, MESSAGES.name, ACCOUNTS.name}
    assert holding(scene.kafka, TEXT, ADDRESS) == []
    assert holding(scene.kafka, GRANT) == [SYNC_EVENTS.name], "for 30 days, by its retention"
    assert holding(scene.kafka, "bob@example.org"), "nobody else is touched"


@pytest.mark.fault
async def test_a_lost_database_is_rebuilt_without_the_person(scene: Scene, database_url: str) -> None:
    """The tombstones were compacted away; only the outcome of a sync is left of the person (INV-23)."""
    for topic in (ACCOUNTS, MESSAGES):
        assert not [key for key in await keys_of(scene, topic) if key.startswith(GRANT)]
    assert GRANT in await keys_of(scene, SYNC_EVENTS)
    await scene.replay(database_url)
    assert await accounts(database_url) == {OTHER: "active"}
    assert str(account_uuid(GRANT)) in await keys_of(scene, PURGES)


async def test_a_persister_that_missed_the_tombstones_erases_and_a_new_connection_counts(
    scene: Scene, database_url: str
) -> None:
    """A restored dump is the same case: it has the rows, and the topic has no tombstones."""
    assert set(await accounts(scene.dump)) == {GRANT, OTHER}
    process = await asyncio.create_subprocess_exec(
        PERSISTER,
        env={
            **os.environ,
            "KAFKA_BOOTSTRAP_SERVERS": scene.kafka.bootstrap_servers,
            "DATABASE_URL": scene.dump,
            "MAILTIDE_TOPIC_PARTITIONS": str(PARTITIONS),
            "MAILTIDE_PORT": str(free_port()),
        },
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await until(lambda: holds(scene.dump, {OTHER}), seconds=SECONDS, what="the person's rows are gone")
        (connect, *_) = mailbox(GRANT, ADDRESS, TEXT)
        await scene.publisher.publish(connect)
        await until(lambda: holds(scene.dump, {GRANT, OTHER}), seconds=SECONDS, what="the person is back")
    finally:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), SECONDS) == 0
    snapshot = Account(grant_id=GRANT, version=version(), status=AccountStatus.ACTIVE, email_address=ADDRESS)
    await scene.publisher.publish(snapshot)

    async def compacted() -> bool:
        chunks = [chunk async for chunk in read_to_end(scene.brokers, ACCOUNTS)]
        return len([r for chunk in chunks for r in chunk.records if r.key_text == GRANT]) == 1

    await scene.compact_until(compacted, "only the last snapshot is left, which knows of no connect")
    await scene.replay(database_url)
    assert await accounts(database_url) == {GRANT: "active", OTHER: "active"}


async def holds(database_url: str, grants: set[str]) -> bool:
    return set(await accounts(database_url)) == grants
