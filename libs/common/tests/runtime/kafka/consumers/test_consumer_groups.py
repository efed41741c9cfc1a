"""The failure boundary on real Kafka: nothing is lost, nothing blocks, bugs stop the process."""

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence

import pytest
from prometheus_client import REGISTRY

from mailtide_common.contracts.codec import Encoded, Record
from mailtide_common.contracts.dead_letters import ERROR_CLASS, ERROR_MESSAGE, OFFSET, ErrorClass, Parked
from mailtide_common.contracts.events import Folder, SyncKind, SyncWanted
from mailtide_common.contracts.stages import group_id
from mailtide_common.contracts.topics import MAX_RECORD_BYTES, MESSAGES, MIB, Topic
from mailtide_common.contracts.versions import Source, Version
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.consumers.consumer_groups import Consumers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.reader import last_written
from mailtide_common.runtime.settings import KafkaSettings
from mailtide_common.runtime.web.health import Health
from mailtide_common.runtime.web.server import EXIT_BUG
from mailtide_harness.consumers import (
    a_topic,
    dead_letters_of,
    delete_all,
    lag,
    running,
    send,
    send_in_transactions,
    until,
    until_committed,
)

pytestmark = pytest.mark.fault


async def test_transient_errors_are_redone_and_poison_is_parked_before_the_commit(
    settings: KafkaSettings, topic: Topic, publisher: Publisher
) -> None:
    """INV-3."""
    rng = random.Random(41)
    seen: Counter[bytes] = Counter()

    async def handler(records: Sequence[Record]) -> Sequence[Parked]:
        if rng.random() < 0.3:
            raise TransientError("now and then")
        seen.update(record.value for record in records if record.value is not None)
        return [Parked(r, ErrorClass.REFUSED, "no") for r in records if r.value == b"poison"]

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
    assert {letter.header(ERROR_CLASS) for letter in letters} == {ErrorClass.REFUSED}


async def test_a_batch_that_takes_too_long_is_tried_again_smaller(
    settings: KafkaSettings, topic: Topic, publisher: Publisher
) -> None:
    """A batch that is repeated unchanged would block its partition forever."""
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


async def test_workers_share_the_partitions_whoever_joins_and_each_partition_stays_in_order(
    settings: KafkaSettings, topic: Topic, publisher: Publisher
) -> None:
    """INV-14."""
    in_flight: set[int] = set()
    most = overlaps = 0
    handled: dict[int, list[int]] = defaultdict(list)
    two_at_once = asyncio.Event()

    async def handler(records: Sequence[Record]) -> Sequence[Parked]:
        nonlocal most, overlaps
        partitions = {record.partition for record in records}
        overlaps += bool(in_flight & partitions)
        in_flight.update(partitions)
        most = max(most, len(in_flight))
        if len(in_flight) > 1:
            two_at_once.set()
        await asyncio.wait_for(two_at_once.wait(), 5)  # one worker alone would never come past this
        for record in records:
            handled[record.partition].append(record.offset)
        in_flight.difference_update(partitions)
        return []

    def add(consumers: Consumers) -> None:
        consumers.batch(topic, group="g", handler=handler, max_records=10, workers=2)

    values = [str(i).encode() for i in range(600)]
    await send(publisher, topic, values[:300], keys=12)
    async with running(settings, publisher, add):
        await until(two_at_once.is_set)
        async with running(settings, publisher, add):
            await send(publisher, topic, values[300:], keys=12)
        await until_committed(settings, topic, "g")
    assert sum(len(set(offsets)) for offsets in handled.values()) == len(values)
    assert all(offsets == sorted(offsets) for offsets in handled.values())
    assert (overlaps, most) == (0, max(most, 2))


async def test_while_one_worker_would_park_too_much_the_others_commit_nothing(
    settings: KafkaSettings, topic: Topic, publisher: Publisher
) -> None:
    """INV-5."""
    bounded = settings.model_copy(update={"mailtide_dead_letters_in_a_row": 3})
    labels = {"topic": topic.name, "group": group_id("g", topic)}
    bad: set[int] = set()

    def sample(name: str, **more: str) -> float:
        return REGISTRY.get_sample_value(name, labels | more) or 0.0

    async def handler(records: Sequence[Record]) -> Sequence[Parked]:
        bad.update(record.partition for record in records if not bad)  # the first partition that is seen
        found = [Parked(record, ErrorClass.REFUSED, "no") for record in records if record.partition in bad]
        if not found:
            await until(lambda: sample("mailtide_kafka_consumer_halted") == 1)
        return found

    def add(consumers: Consumers) -> None:
        consumers.batch(topic, group="g", handler=handler, max_records=1, workers=2)

    values = [str(i).encode() for i in range(200)]
    await send(publisher, topic, values, keys=12)
    async with running(bounded, publisher, add):
        await until(lambda: sample("mailtide_kafka_rewound_records_total", error="LimitReachedError") >= 2)
    assert len(await dead_letters_of(settings, topic)) == 3
    assert await lag(settings, topic, "g") == len(values) - 3


@pytest.mark.parametrize("kind", ["batch", "keyed"])
async def test_an_outage_is_no_reason_for_a_restart(
    settings: KafkaSettings, topic: Topic, publisher: Publisher, kind: str
) -> None:
    """While records fail because a server is unavailable, liveness counts each attempt as progress."""
    health = Health()
    attempts: list[float] = []

    async def batch(_: Sequence[Record]) -> Sequence[Parked]:
        attempts.append(time.monotonic())
        raise TransientError("postgres: down")

    async def keyed(_: Record) -> Parked | None:
        attempts.append(time.monotonic())
        raise TransientError("nylas: down")

    def add(consumers: Consumers) -> None:
        if kind == "batch":
            consumers.batch(topic, group="g", handler=batch)
        else:
            consumers.keyed(topic, group="g", handler=keyed, max_in_flight=2)

    await send(publisher, topic, [b"1"])
    async with running(settings, publisher, add, health):
        await until(lambda: len(attempts) >= 3)
        (progress,) = health._progress  # noqa: SLF001 - the consumer that was added
        assert progress.finished_at > attempts[1]


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
    """INV-2."""

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
    """An event of the handler, or a text on its way, cannot be encoded: the process and other mailboxes continue.

    INV-4.
    """
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
    too_large = {b"larger than its topic", b"a key without end"}
    assert {letter.value: letter.header(ERROR_CLASS) for letter in letters} == {
        value: ErrorClass.TOO_LARGE if value in too_large else ErrorClass.UNENCODABLE
        for value in {*UNENCODABLE, b"a digest"}
    }
    assert not [letter for letter in letters if "\\ud800" in (letter.header(ERROR_MESSAGE) or "")]


async def test_a_record_that_fills_its_topic_is_parked_without_its_bytes(
    settings: KafkaSettings, publisher: Publisher
) -> None:
    """The note would make it larger than any topic allows; null instead of its bytes would be a tombstone."""
    full = Encoded(b"full", b"x" * (MAX_RECORD_BYTES - 100), [])

    async def handler(records: Sequence[Record]) -> Sequence[Parked]:
        return [Parked(record, ErrorClass.REFUSED, "no") for record in records if record.key == b"full"]

    async with running(settings, publisher, lambda c: c.batch(MESSAGES, group="full", handler=handler)):
        await publisher.send(MESSAGES, full)
        await until_committed(settings, MESSAGES, "full")
    (letter,) = await dead_letters_of(settings, MESSAGES)
    assert letter.value == b""
    assert str(len(full.value or b"") + 4) in (letter.header(ERROR_MESSAGE) or "")


async def test_the_newest_record_of_all_partitions_says_when_a_topic_was_last_written(
    settings: KafkaSettings, publisher: Publisher, topic: Topic
) -> None:
    for count in (20, 1, 1):
        before = now_us() // 1_000 * 1_000
        await send(publisher, topic, [b"v"] * count)
        newest = await last_written(settings.brokers, topic)
        assert before <= (newest or 0) <= now_us()
    before = now_us() // 1_000 * 1_000
    await send_in_transactions(settings, topic, [b"v"])  # Kafka's marker follows it
    assert before <= (await last_written(settings.brokers, topic) or 0) <= now_us()
    await delete_all(settings, topic)
    assert await last_written(settings.brokers, topic) is None
    with pytest.raises(TransientError, match="does not exist"):
        await last_written(settings.brokers, a_topic())
