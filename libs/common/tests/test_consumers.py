"""The failure boundary on real Kafka: nothing is lost, nothing blocks, bugs stop the process."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete

from mailtide_common.contracts.codec import Encoded, Record
from mailtide_common.contracts.dead_letters import ERROR_CLASS, ERROR_MESSAGE, OFFSET, Parked
from mailtide_common.contracts.events import Folder, SyncKind, SyncWanted
from mailtide_common.contracts.topics import DEAD_LETTERS, MAX_RECORD_BYTES, MESSAGES, MIB, Cleanup, Topic
from mailtide_common.contracts.versions import Source, Version
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.consumers import Consumers, group_id
from mailtide_common.runtime.kafka.keyed_loop import KeyedLoop
from mailtide_common.runtime.kafka.publisher import Publisher, partition_for
from mailtide_common.runtime.kafka.reader import last_written, read_to_end
from mailtide_common.runtime.kafka.topics_admin import ensure_topics
from mailtide_common.runtime.settings import KafkaSettings
from mailtide_common.runtime.web.health import Health
from mailtide_common.runtime.web.server import EXIT_BUG, Switch
from mailtide_devkit import waiting
from mailtide_devkit.kafka import Kafka

pytestmark = pytest.mark.real

PARTITIONS = 4
SETTLE_SECONDS = 60.0


def a_topic() -> Topic:
    return Topic(
        name=f"test.{uuid4().hex}",
        key="any",
        cleanup=Cleanup.DELETE,
        purpose="test",
        producers=("test",),
        consumers=("test",),
    )


@pytest.fixture
async def settings(kafka: Kafka) -> KafkaSettings:
    settings = KafkaSettings(kafka_bootstrap_servers=kafka.bootstrap_servers)
    await ensure_topics(settings.brokers, settings.mailtide_topic_partitions)
    return settings


@pytest.fixture
async def topic(settings: KafkaSettings) -> Topic:
    topic = a_topic()
    await create(settings, topic)
    return topic


@pytest.fixture
async def publisher(settings: KafkaSettings) -> AsyncIterator[Publisher]:
    async with Publisher(settings.brokers, source="test") as publisher:
        yield publisher


async def create(settings: KafkaSettings, topic: Topic) -> None:
    admin = AIOKafkaAdminClient(**settings.brokers.client_options())
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic.name, PARTITIONS, 1)])
    finally:
        await admin.close()


async def delete_all(settings: KafkaSettings, topic: Topic) -> None:
    admin = AIOKafkaAdminClient(**settings.brokers.client_options())
    await admin.start()
    try:
        everything = RecordsToDelete(before_offset=-1)
        await admin.delete_records({TopicPartition(topic.name, n): everything for n in range(PARTITIONS)})
    finally:
        await admin.close()


@asynccontextmanager
async def running(
    settings: KafkaSettings, publisher: Publisher, add: Callable[[Consumers], None]
) -> AsyncIterator[Switch]:
    switch = Switch()
    consumers = Consumers(settings, publisher, switch, Health(), service="test")
    add(consumers)
    await consumers.start()
    try:
        yield switch
    finally:
        await consumers.stop()


async def until(condition: Callable[[], bool]) -> None:
    async def probe() -> bool:
        return condition()

    await waiting.until(probe, seconds=SETTLE_SECONDS, what="the condition")


async def until_more(acknowledged: set[bytes]) -> None:
    enough = len(acknowledged) + 200
    await until(lambda: len(acknowledged) > enough)


async def until_committed(settings: KafkaSettings, topic: Topic, group: str) -> None:
    async def probe() -> bool:
        return await lag(settings, topic, group) == 0

    await waiting.until(probe, seconds=SETTLE_SECONDS, what="everything committed")


async def send(publisher: Publisher, topic: Topic, values: Sequence[bytes], keys: int = 7) -> None:
    await publisher.send_all(
        [(topic, Encoded(f"k{i % keys}/x".encode(), value, [])) for i, value in enumerate(values)]
    )


async def dead_letters_of(settings: KafkaSettings, topic: Topic) -> list[Record]:
    return [
        record
        async for chunk in read_to_end(settings.brokers, DEAD_LETTERS)
        for record in chunk.records
        if record.header("dead-letter-topic") == topic.name
    ]


async def lag(settings: KafkaSettings, topic: Topic, group: str) -> int:
    """Records of the topic above what the group has committed."""
    admin = AIOKafkaAdminClient(**settings.brokers.client_options())
    await admin.start()
    try:
        committed = await admin.list_consumer_group_offsets(group_id(group, topic))
    finally:
        await admin.close()
    done: int = sum(
        meta.offset for tp, meta in committed.items() if tp.topic == topic.name and meta.offset > 0
    )
    total = 0
    async for chunk in read_to_end(settings.brokers, topic):
        total = chunk.total
    return total - done


Handler = Callable[[Sequence[Record]], Awaitable[Sequence[Parked]]]


async def test_transient_errors_are_redone_and_poison_is_parked_before_the_commit(
    settings: KafkaSettings, topic: Topic, publisher: Publisher
) -> None:
    rng = random.Random(41)
    seen: Counter[bytes] = Counter()

    async def handler(records: Sequence[Record]) -> Sequence[Parked]:
        if rng.random() < 0.3:
            raise TransientError("now and then")
        seen.update(record.value for record in records if record.value is not None)
        return [Parked(r, "PoisonError", "no") for r in records if r.value == b"poison"]

    values = [b"poison" if i % 25 == 0 else str(i).encode() for i in range(500)]
    async with running(
        settings, publisher, lambda c: c.batch(topic, group="g", handler=handler, max_records=20)
    ):
        await send(publisher, topic, values)
        await until(lambda: set(values) <= seen.keys())
        await until_committed(settings, topic, "g")
    letters = await dead_letters_of(settings, topic)
    assert len({(letter.header("dead-letter-partition"), letter.header(OFFSET)) for letter in letters}) == 20
    assert {letter.value for letter in letters} == {b"poison"}
    assert {letter.header(ERROR_CLASS) for letter in letters} == {"PoisonError"}


async def test_a_batch_that_takes_too_long_is_tried_again_smaller(
    settings: KafkaSettings, topic: Topic, publisher: Publisher
) -> None:
    """Repeated unchanged it would block its partition for ever."""
    sizes: list[int] = []
    done: set[bytes] = set()

    async def handler(records: Sequence[Record]) -> Sequence[Parked]:
        sizes.append(len(records))
        await asyncio.sleep(0.2 * len(records))  # slow work itself
        done.update(record.value for record in records if record.value is not None)
        return []

    values = [str(i).encode() for i in range(12)]
    await send(publisher, topic, values, keys=1)

    def add(consumers: Consumers) -> None:
        consumers.batch(topic, group="g", handler=handler, deadline_seconds=0.7)

    async with running(settings, publisher, add):
        await until(lambda: done == set(values))
        await until_committed(settings, topic, "g")
    assert sizes[0] == 12


async def test_odd_headers_and_null_values_reach_the_handler(
    settings: KafkaSettings, topic: Topic, publisher: Publisher
) -> None:
    """FastStream's own parser would skip these records, and their whole batch, and commit past them."""
    seen: list[Record] = []

    async def handler(records: Sequence[Record]) -> Sequence[Parked]:
        seen.extend(records)
        return []

    odd: list[Encoded] = [
        Encoded(b"k", b"1", [("h", b"\xff\xfe")]),
        Encoded(b"k", None, []),
        Encoded(b"\xff/\x00", b"3", []),
    ]
    async with running(settings, publisher, lambda c: c.batch(topic, group="g", handler=handler)):
        await publisher.send_all([(topic, record) for record in odd])
        await until(lambda: len(seen) == 3)
    assert {record.value for record in seen} == {b"1", None, b"3"}


@pytest.mark.parametrize("form", ["batch", "keyed"])
async def test_a_bug_stops_the_process_and_commits_nothing(
    settings: KafkaSettings, topic: Topic, publisher: Publisher, form: str
) -> None:
    async def batch(_records: Sequence[Record]) -> Sequence[Parked]:
        raise ZeroDivisionError

    async def keyed(_record: Record) -> Parked | None:
        raise ZeroDivisionError

    def add(consumers: Consumers) -> None:
        if form == "batch":
            consumers.batch(topic, group="g", handler=batch)
        else:
            consumers.keyed(topic, group="g", handler=keyed, max_in_flight=4)

    async with running(settings, publisher, add) as switch:
        await send(publisher, topic, [b"1"])
        await until(lambda: switch.exit_code == EXIT_BUG)
    assert await lag(settings, topic, "g") == 1


UNENCODABLE = {
    b"half a pair in the event": SyncWanted(grant_id="g", kind=SyncKind.DELTA, reason="half \ud800"),
    b"half a pair in the key": SyncWanted(grant_id="\ud800", kind=SyncKind.DELTA, reason="r"),
    b"larger than its topic": SyncWanted(grant_id="g", kind=SyncKind.DELTA, reason="r" * 5 * MIB),
    b"a key without end": Folder(
        grant_id="g",
        folder_id="%" * 12 * MIB,
        version=Version(observed_at=1, source=Source.API, event_id="e"),
    ),
}


@pytest.mark.parametrize("form", ["batch", "keyed"])
async def test_what_cannot_be_encoded_parks_its_record_and_nothing_else(
    settings: KafkaSettings, topic: Topic, publisher: Publisher, form: str
) -> None:
    """A handler's own event, or a text in its way: neither stops the process, nor anybody else's mail."""
    done: set[bytes] = set()

    async def keyed(record: Record) -> Parked | None:
        value = record.value or b""
        if value == b"a digest":
            "\udfff".encode()
        if value in UNENCODABLE:
            await publisher.publish(UNENCODABLE[value])
        done.add(value)
        return None

    async def batch(records: Sequence[Record]) -> Sequence[Parked]:
        for record in records:
            await keyed(record)
        return []

    def add(consumers: Consumers) -> None:
        if form == "batch":
            consumers.batch(topic, group="g", handler=batch)
        else:
            consumers.keyed(topic, group="g", handler=keyed, max_in_flight=4)

    good = {str(number).encode() for number in range(40)}
    await send(publisher, topic, [*UNENCODABLE, *good, b"a digest"], keys=1)
    async with running(settings, publisher, add) as switch:
        await until_committed(settings, topic, "g")
        assert switch.exit_code == 0
    assert done == good
    letters = await dead_letters_of(settings, topic)
    assert {letter.value for letter in letters} == {*UNENCODABLE, b"a digest"}
    assert not [letter for letter in letters if "\\ud800" in (letter.header(ERROR_MESSAGE) or "")]


async def test_a_record_that_fills_its_topic_is_parked_without_its_bytes(
    settings: KafkaSettings, publisher: Publisher
) -> None:
    """Its note would make it larger than any topic allows; null instead of its bytes would be a tombstone."""
    full = Encoded(b"full", b"x" * (MAX_RECORD_BYTES - 100), [])

    async def handler(records: Sequence[Record]) -> Sequence[Parked]:
        return [Parked(record, "PoisonError", "no") for record in records if record.key == b"full"]

    async with running(settings, publisher, lambda c: c.batch(MESSAGES, group="full", handler=handler)):
        await publisher.send(MESSAGES, full)
        await until_committed(settings, MESSAGES, "full")
    (letter,) = await dead_letters_of(settings, MESSAGES)
    assert letter.value == b""
    assert str(len(full.value or b"") + 4) in (letter.header(ERROR_MESSAGE) or "")


async def test_keyed_work_is_concurrent_between_keys_in_order_within_one_and_never_committed_early(
    settings: KafkaSettings, topic: Topic, publisher: Publisher
) -> None:
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
    """The hot key's partition is read no further than its share; the rest goes on, and commits stay exact."""
    taken_at_most = 200
    monkeypatch.setattr("mailtide_common.runtime.kafka.keyed_loop.MAX_TAKEN_PER_PARTITION", taken_at_most)
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
    loops: list[KeyedLoop] = []

    def add(consumers: Consumers) -> None:
        consumers.keyed(topic, group="g", handler=handler, max_in_flight=4)
        loops.extend(loop for _, loop in consumers._loops if isinstance(loop, KeyedLoop))

    async with running(settings, publisher, add):
        await publisher.send_all([*hot[:100], *quiet[:100], *hot[100:], *quiet[100:]])
        near = {record.key for _, record in quiet[:100]} - elsewhere
        await until(lambda: elsewhere | near <= seen.keys())
        assert order == [0]
        taken = max(tracker.in_flight for tracker in loops[0]._trackers.values())
        assert taken <= taken_at_most + 4, "what is read and waits is bounded"
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


async def test_members_that_come_and_go_and_a_broken_broker_lose_nothing() -> None:
    """Broker killed and frozen, members joining, leaving and failing, under load."""
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
        consumers.batch(topic, group="g", handler=handler, max_records=50)

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


async def test_the_newest_record_of_all_partitions_says_when_a_topic_was_last_written(
    settings: KafkaSettings, publisher: Publisher, topic: Topic
) -> None:
    for count in (20, 1, 1):
        before = now_us() // 1_000 * 1_000
        await send(publisher, topic, [b"v"] * count)
        newest = await last_written(settings.brokers, topic)
        assert before <= (newest or 0) <= now_us()
    await delete_all(settings, topic)
    assert await last_written(settings.brokers, topic) is None
    with pytest.raises(TransientError, match="is not there"):
        await last_written(settings.brokers, a_topic())
