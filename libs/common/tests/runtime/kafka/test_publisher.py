"""The publisher on a real Kafka and the stand-in of other tests keep the same contract."""

import os
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event, to_binary_event

from mailtide_common.contracts.causes import Cause
from mailtide_common.contracts.codec import Encoded, Record, decode
from mailtide_common.contracts.events import SyncKind, SyncWanted
from mailtide_common.contracts.topics import SYNC_EVENTS, Compression
from mailtide_common.contracts.traces import current_trace
from mailtide_common.runtime.errors import PermanentError, TransientError
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.reader import read_to_end
from mailtide_common.runtime.settings import KafkaSettings
from mailtide_harness.publisher import AWAY, RecordingPublisher

TRACE, OTHER = (f"00-0af7651916cd43dd8448eb211c80319{n}-b7ad6b7169203331-01" for n in (1, 2))


@pytest.fixture(params=["kafka", "harness"])
async def publisher(request: pytest.FixtureRequest, settings: KafkaSettings) -> AsyncIterator[Publisher]:
    if request.param == "harness":
        yield RecordingPublisher()
        return
    async with Publisher(settings.brokers, source="test") as publisher:
        yield publisher


@pytest.fixture
def grant() -> str:
    return uuid4().hex


async def stored(publisher: Publisher, settings: KafkaSettings, grant: str) -> list[Record]:
    """Return the records of sync events that a consumer reads for one grant."""
    if isinstance(publisher, RecordingPublisher):
        records = publisher.records
    else:
        chunks = [chunk async for chunk in read_to_end(settings.brokers, SYNC_EVENTS)]
        records = [record for chunk in chunks for record in chunk.records]
    return [record for record in records if record.key == grant.encode()]


def wanted(grant: str, message: str) -> SyncWanted:
    return SyncWanted(grant_id=grant, kind=SyncKind.MESSAGE, message_id=message, reason="test")


async def test_events_of_a_grant_arrive_in_order_with_their_traces(
    publisher: Publisher, settings: KafkaSettings, grant: str
) -> None:
    events = [wanted(grant, message) for message in "abcd"]
    token = current_trace.set(TRACE)
    await publisher.publish(events[0])
    current_trace.reset(token)
    await publisher.publish_all(events[1:2])
    await publisher.publish_caused([(events[2], Cause(OTHER)), (events[3], Cause())])
    records = await stored(publisher, settings, grant)
    assert [decode(record) for record in records] == events
    assert [record.traceparent for record in records] == [TRACE, None, OTHER, None]
    assert {record.topic for record in records} == {SYNC_EVENTS.name}
    assert {record.header("source") for record in records} == {"test"}
    assert len({record.header("id") for record in records}) == 4


async def test_the_cloudevents_library_reads_and_writes_what_mailtide_does(
    publisher: Publisher, settings: KafkaSettings, grant: str
) -> None:
    event = wanted(grant, "m")
    await publisher.publish(event)
    (record,) = await stored(publisher, settings, grant)
    message = KafkaMessage(
        {name: value or b"" for name, value in record.headers}, record.key, record.value or b""
    )
    theirs = from_binary_event(message)
    assert (theirs.get_type(), theirs.get_source(), theirs.get_specversion()) == (event.type, "test", "1.0")
    assert (theirs.get_id(), theirs.get_datacontenttype()) == (record.header("id"), "application/json")
    assert theirs.get_time() == datetime.fromisoformat(record.header("time") or "")
    assert theirs.get_data() == event.model_dump(mode="json")
    back = to_binary_event(theirs, key_mapper=lambda _: record.key)
    assert not {"id", "type"} & back.headers.keys()
    await publisher.send(SYNC_EVENTS, Encoded(grant.encode(), back.value, list(back.headers.items())))
    assert [decode(record) for record in await stored(publisher, settings, grant)] == [event, event]


async def test_records_arrive_as_they_are(publisher: Publisher, settings: KafkaSettings, grant: str) -> None:
    await publisher.send(SYNC_EVENTS, Encoded(grant.encode(), b"\xff\x00", [("a", b"1"), ("a", b"\xff")]))
    await publisher.send(SYNC_EVENTS, Encoded(grant.encode(), None, []))
    assert [(record.value, list(record.headers)) for record in await stored(publisher, settings, grant)] == [
        (b"\xff\x00", [("a", b"1"), ("a", b"\xff")]),
        (None, []),
    ]


async def test_no_producer_is_idempotent(settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise consumers with kafkajs stop at batches that compaction has emptied."""
    given = []

    def create(**options: Any) -> AIOKafkaProducer:
        given.append(options["enable_idempotence"])
        return AIOKafkaProducer(**options)

    monkeypatch.setattr("mailtide_common.runtime.kafka.publisher.AIOKafkaProducer", create)
    async with Publisher(settings.brokers, source="test"):
        assert given == [False] * len(Compression)


async def test_what_a_topic_cannot_hold_is_refused_for_good(
    publisher: Publisher, settings: KafkaSettings, grant: str
) -> None:
    fits, too_large = (os.urandom(SYNC_EVENTS.max_record_bytes + more) for more in (-200, 1))
    with pytest.raises(PermanentError, match="larger than the topic allows"):
        await publisher.send(SYNC_EVENTS, Encoded(grant.encode(), too_large, []))
    with pytest.raises(PermanentError, match="cannot be encoded"):
        await publisher.publish(wanted("\ud800", "m"))
    await publisher.send(SYNC_EVENTS, Encoded(grant.encode(), fits, []))
    assert [record.value for record in await stored(publisher, settings, grant)] == [fits]


@pytest.mark.fault
async def test_without_an_acknowledgement_it_is_tried_again_later(
    publisher: Publisher, settings: KafkaSettings, grant: str
) -> None:
    if isinstance(publisher, RecordingPublisher):
        publisher.error = AWAY
    else:
        await publisher.stop()
    with pytest.raises(TransientError, match="kafka: "):
        await publisher.publish(wanted(grant, "m"))
    assert await stored(publisher, settings, grant) == []
