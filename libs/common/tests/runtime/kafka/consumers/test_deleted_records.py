"""Records that Kafka deletes before they are read are counted; nothing else is."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError
from prometheus_client import REGISTRY

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import Parked
from mailtide_common.contracts.stages import group_id
from mailtide_common.contracts.topics import Cleanup, Topic
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.consumers.deleted_records import DeletedRecords
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.settings import KafkaSettings
from mailtide_harness.consumers import (
    delete_all,
    running,
    send,
    send_in_transactions,
    until,
    until_committed,
)

PARTITION = TopicPartition("t", 0)
TOPIC = Topic("t", "id", Cleanup.DELETE, "", (), (), retention_days=1)


class Committed:
    """A consumer with one partition from offset 130 on; each of `answers` is a committed offset or an error."""

    def __init__(self, *answers: int | Exception | None) -> None:
        self.answers = list(answers)

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset({PARTITION})

    async def committed(self, tp: TopicPartition) -> int | None:
        assert tp == PARTITION
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def beginning_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 130)


def reported(group: str) -> float:
    labels = {"topic": TOPIC.name, "group": group}
    return REGISTRY.get_sample_value("mailtide_kafka_deleted_unread_records_total", labels) or 0.0


def batch(first: int, last: int) -> dict[TopicPartition, list[SimpleNamespace]]:
    return {PARTITION: [SimpleNamespace(offset=offset) for offset in range(first, last + 1)]}


async def test_records_fetched_during_the_assignment_and_not_yet_committed_are_no_gap() -> None:
    """`getmany` waits for an assignment and returns its first records, before any `recall` (keyed loops)."""
    deleted = DeletedRecords(TOPIC, "during")
    await deleted.recall(Committed(100))
    deleted.forget()
    deleted.observe(batch(100, 119))
    await deleted.recall(Committed(100))
    deleted.observe(batch(120, 139))
    assert reported("during") == 0


async def test_committed_offsets_are_read_again_after_an_error() -> None:
    deleted = DeletedRecords(TOPIC, "error")
    consumer = Committed(KafkaConnectionError(), 100)
    with pytest.raises(KafkaConnectionError):
        await deleted.recall(consumer)
    await deleted.recall(consumer)
    deleted.observe(batch(130, 139))
    await deleted.recall(consumer)
    assert (reported("error"), consumer.answers) == (30, [])


async def test_a_group_without_committed_offsets_has_no_gap() -> None:
    deleted = DeletedRecords(TOPIC, "new")
    consumer = Committed(None)
    await deleted.recall(consumer)
    await deleted.recall(consumer)
    deleted.observe(batch(130, 139))
    assert reported("new") == 0


async def test_a_gap_is_counted_once() -> None:
    """At a stop without another fetch."""
    deleted = DeletedRecords(TOPIC, "once")
    consumer = Committed(100)
    await deleted.recall(consumer)
    deleted.observe(batch(130, 139))
    for _ in range(2):
        await deleted.count_lost(consumer)
        assert reported("once") == 30


@pytest.mark.fault
@pytest.mark.parametrize(("cleanup", "counted"), [(Cleanup.DELETE, 30), (Cleanup.COMPACT, 0)])
async def test_what_retention_took_from_a_lagging_group_is_counted(
    settings: KafkaSettings, topic: Topic, publisher: Publisher, cleanup: Cleanup, counted: int
) -> None:
    """INV-11."""
    topic = replace(topic, cleanup=cleanup)
    seen: list[bytes | None] = []
    failed: set[int] = set()

    async def handler(records: Sequence[Record]) -> Sequence[Parked]:
        if len(failed) < 3:  # a batch that is read again is no gap
            failed.add(len(failed))
            raise TransientError("first tries")
        seen.extend(record.value for record in records)
        return []

    def deleted() -> float:
        labels = {"topic": topic.name, "group": group_id("g", topic)}
        return REGISTRY.get_sample_value("mailtide_kafka_deleted_unread_records_total", labels) or 0.0

    await send(publisher, topic, [b"before"] * 20)
    async with running(settings, publisher, lambda c: c.batch(topic, group="g", handler=handler)):
        await until_committed(settings, topic, "g")
    assert deleted() == 0
    await send(publisher, topic, [b"unread"] * 30)
    await delete_all(settings, topic)
    await send(publisher, topic, [b"after"] * 20)
    async with running(settings, publisher, lambda c: c.batch(topic, group="g", handler=handler)):
        await until(lambda: (seen.count(b"after"), deleted()) == (20, counted))
    assert seen.count(b"unread") == 0


async def test_the_marker_of_a_transaction_is_no_gap(
    settings: KafkaSettings, topic: Topic, publisher: Publisher
) -> None:
    """INV-11. Kafka gives the marker an offset, and consumers never get it."""
    seen: list[bytes | None] = []

    async def handler(records: Sequence[Record]) -> Sequence[Parked]:
        seen.extend(record.value for record in records)
        return []

    await send_in_transactions(settings, topic, [b"first"])
    async with running(settings, publisher, lambda c: c.batch(topic, group="g", handler=handler)):
        await until(lambda: len(seen) == 1)
        await send_in_transactions(settings, topic, [b"second"] * 2)
        await until(lambda: len(seen) == 3)
        await send_in_transactions(settings, topic, [b"third"])  # counting follows at the next fetch
        await until(lambda: len(seen) == 4)
    async with running(settings, publisher, lambda c: c.batch(topic, group="g", handler=handler)):
        await send_in_transactions(settings, topic, [b"fourth"])
        await until(lambda: len(seen) == 5)
    labels = {"topic": topic.name, "group": group_id("g", topic)}
    assert not REGISTRY.get_sample_value("mailtide_kafka_deleted_unread_records_total", labels)
