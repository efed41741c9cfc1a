"""Keyed consumers on a real Kafka: concurrency between keys, order within a key, changing members."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Sequence

import pytest
from prometheus_client import REGISTRY

from mailtide_common.contracts.codec import Encoded, Record
from mailtide_common.contracts.dead_letters import Parked
from mailtide_common.contracts.stages import group_id
from mailtide_common.contracts.topics import Topic
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.admin import admin_client
from mailtide_common.runtime.kafka.consumers.consumer_groups import Consumers
from mailtide_common.runtime.kafka.publisher import Publisher, partition_for
from mailtide_common.runtime.kafka.topics_admin import ensure_topics
from mailtide_common.runtime.settings import KafkaSettings
from mailtide_devkit.local.kafka import Kafka
from mailtide_harness.consumers import (
    PARTITIONS,
    a_topic,
    create,
    lag,
    running,
    send,
    until,
    until_committed,
    until_more,
)

pytestmark = pytest.mark.fault

COMMIT_FAILURES = "mailtide_kafka_commit_failures_total"


async def test_keyed_work_is_concurrent_between_keys_in_order_within_one_and_never_committed_early(
    settings: KafkaSettings, topic: Topic, publisher: Publisher
) -> None:
    """INV-14."""
    release = asyncio.Event()
    order: dict[bytes, list[int]] = {}
    failed: set[bytes] = set()

    async def handler(record: Record) -> Parked | None:
        key, value = record.key or b"", record.value or b""
        if key == b"k0/x":
            await release.wait()
        if value not in failed and int(value) % 11 == 0:
            failed.add(value)
            raise TransientError("first try")
        order.setdefault(key, []).append(int(value))
        return None

    values = [str(i).encode() for i in range(140)]
    async with running(
        settings, publisher, lambda c: c.keyed(topic, group="g", handler=handler, max_in_flight=64)
    ):
        await send(publisher, topic, values)
        await until(lambda: sum(map(len, order.values())) == 120)
        assert b"k0/x" not in order
        assert await lag(settings, topic, "g") >= 20
        release.set()
        await until(lambda: sum(map(len, order.values())) == 140)
        await until_committed(settings, topic, "g")
    assert all(numbers == sorted(numbers) for numbers in order.values())


async def test_a_key_with_hundreds_of_records_takes_one_slot(
    settings: KafkaSettings, topic: Topic, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hot key's partition is read only as far as its share; others continue, and commits stay exact."""
    taken_at_most = 200
    monkeypatch.setattr(
        "mailtide_common.runtime.kafka.consumers.keyed_loop.MAX_TAKEN_PER_PARTITION", taken_at_most
    )
    release = asyncio.Event()
    seen: Counter[bytes] = Counter()
    order: list[int] = []
    at_once = most_at_once = 0

    async def handler(record: Record) -> Parked | None:
        nonlocal at_once, most_at_once
        at_once += 1
        most_at_once = max(most_at_once, at_once)
        key = record.key or b""
        if key == b"hot/x":
            order.append(int(record.value or b""))
            await release.wait()
        await asyncio.sleep(0)
        seen[key] += 1
        at_once -= 1
        return None

    hot = [(topic, Encoded(b"hot/x", str(i).encode(), [])) for i in range(600)]
    quiet = [(topic, Encoded(f"q{i}/x".encode(), b"", [])) for i in range(200)]
    home = partition_for(b"hot", range(PARTITIONS), range(PARTITIONS))
    elsewhere = {
        record.key
        for _, record in quiet
        if partition_for(record.key, range(PARTITIONS), range(PARTITIONS)) != home
    }
    async with running(
        settings, publisher, lambda c: c.keyed(topic, group="g", handler=handler, max_in_flight=4)
    ):
        await publisher.send_all([*hot[:100], *quiet[:100], *hot[100:], *quiet[100:]])
        near = {record.key for _, record in quiet[:100]} - elsewhere
        await until(lambda: elsewhere | near <= seen.keys())
        assert order == [0]
        assert seen.keys() == elsewhere | near, "what is read and waits is bounded"
        assert await lag(settings, topic, "g") >= 600
        release.set()
        await until(lambda: sum(seen.values()) == 800)
        await until_committed(settings, topic, "g")
    assert order == list(range(600))
    assert most_at_once <= 4
    assert set(seen.values()) == {1, 600}


class Senders:
    """Several senders at once, remembering what the broker acknowledged."""

    def __init__(self, publisher: Publisher, topic: Topic) -> None:
        self.acknowledged: set[bytes] = set()
        self._publisher = publisher
        self._topic = topic
        self._stop = asyncio.Event()

    async def __aenter__(self) -> set[bytes]:
        self._tasks = [asyncio.create_task(self._send(number)) for number in range(4)]
        return self.acknowledged

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await asyncio.gather(*self._tasks)

    async def _send(self, sender: int) -> None:
        for number in itertools.count():
            if self._stop.is_set():
                return
            value = f"{sender}-{number}".encode()
            try:
                await self._publisher.send(
                    self._topic, Encoded(f"k{number % 9}".encode(), value, []), timeout=2
                )
            except TransientError:
                continue
            self.acknowledged.add(value)


@pytest.mark.real
async def test_members_that_come_and_go_and_a_broken_broker_lose_nothing() -> None:
    """Broker killed and frozen, members joining, leaving and failing, under load (INV-2)."""
    rng = random.Random(7)
    broker = Kafka()
    await broker.start()
    settings = KafkaSettings(
        kafka_bootstrap_servers=broker.bootstrap_servers, mailtide_session_timeout_ms=6_000
    )
    topic = a_topic()
    seen: Counter[bytes] = Counter()

    async def handler(records: Sequence[Record]) -> Sequence[Parked]:
        await asyncio.sleep(rng.random() * 0.02)
        if rng.random() < 0.05:
            raise TransientError("before")
        seen.update(record.value for record in records if record.value is not None)
        if rng.random() < 0.05:
            raise TransientError("after")
        return []

    def add(consumers: Consumers) -> None:
        consumers.batch(topic, group="g", handler=handler, max_records=50, workers=2)

    try:
        await ensure_topics(settings.brokers, settings.mailtide_topic_partitions)
        await create(settings, topic)
        async with (
            Publisher(settings.brokers, source="test") as publisher,
            running(settings, publisher, add),
        ):
            async with Senders(publisher, topic) as acknowledged:
                async with running(settings, publisher, add):
                    await until_more(acknowledged)
                    await broker.kill()
                    await broker.start()
                    await until_more(acknowledged)
                async with running(settings, publisher, add):
                    broker.freeze()
                    await asyncio.sleep(3)  # the fault itself: a broker that hangs for so long
                    broker.thaw()
                    await until_more(acknowledged)
            await until(lambda: acknowledged <= seen.keys())
            await until_committed(settings, topic, "g")
    finally:
        await broker.discard()
    assert len(acknowledged) > 600


async def test_a_member_whose_slots_all_wait_for_retries_stays_in_its_group(
    settings: KafkaSettings, topic: Topic, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    interval_ms = 2_000
    monkeypatch.setattr(
        "mailtide_common.runtime.kafka.consumers.consumer_groups.KEYED_MAX_POLL_INTERVAL_MS", interval_ms
    )
    failed = asyncio.Event()

    async def handler(_: Record) -> Parked | None:
        failed.set()
        raise TransientError("an outage")

    async with running(
        settings, publisher, lambda c: c.keyed(topic, group="stays", handler=handler, max_in_flight=1)
    ):
        await send(publisher, topic, [b"1"])
        await failed.wait()
        await asyncio.sleep(3 * interval_ms / 1_000)
        async with admin_client(settings.brokers) as admin:
            (answer,) = await admin.describe_consumer_groups([group_id("stays", topic)])
        assert len(answer.groups[0][5]) == 1


@pytest.mark.real
async def test_a_refused_commit_is_repeated_without_new_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-2."""
    monkeypatch.setattr("mailtide_common.runtime.kafka.consumers.group_member.COMMIT_SECONDS", 0.5)
    broker = Kafka()
    await broker.start()
    settings = KafkaSettings(kafka_bootstrap_servers=broker.bootstrap_servers)
    topic, begun, release = a_topic(), asyncio.Event(), asyncio.Event()

    async def handler(_: Record) -> Parked | None:
        begun.set()
        await release.wait()
        return None

    try:
        await ensure_topics(settings.brokers, settings.mailtide_topic_partitions)
        await create(settings, topic)
        async with (
            Publisher(settings.brokers, source="test") as publisher,
            running(
                settings,
                publisher,
                lambda c: c.keyed(topic, group="refused", handler=handler, max_in_flight=4),
            ),
        ):
            await send(publisher, topic, [b"1"])
            await begun.wait()
            await broker.kill()
            release.set()
            await until(
                lambda: bool(REGISTRY.get_sample_value(COMMIT_FAILURES, {"group": f"refused.{topic.name}"}))
            )
            await broker.start()
            await until_committed(settings, topic, "refused")
    finally:
        await broker.discard()
