"""Records that Kafka deletes before they are read are counted; nothing else is."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import Parked
from mailtide_common.contracts.stages import group_id
from mailtide_common.contracts.topics import Cleanup, Topic
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.settings import KafkaSettings
from mailtide_harness.consumers import delete_all, running, send, until, until_committed

pytestmark = pytest.mark.fault


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
        await until(lambda: seen.count(b"after") == 20)
        await until_committed(settings, topic, "g")
    assert (deleted(), seen.count(b"unread")) == (counted, 0)
