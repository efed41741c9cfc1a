"""The lag of groups, on a real Kafka."""

from dataclasses import replace
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import NewTopic

from mailtide_common.contracts.codec import Encoded
from mailtide_common.contracts.stages import STAGES, Stage
from mailtide_common.contracts.topics import SYNC_EVENTS, Topic
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.admin import admin_client
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.group_lag import GroupLag, measure_lag
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.retry import until_available
from mailtide_common.runtime.settings import KafkaSettings
from mailtide_devkit.local.backends import KafkaServer
from mailtide_harness.consumers import send_in_transactions


async def test_what_waits_is_counted_and_dated(kafka: KafkaServer) -> None:
    topic = replace(SYNC_EVENTS, name=f"lag-{uuid4()}")
    stage, brokers = Stage("reader", topic), Brokers.plain(kafka.bootstrap_servers)
    async with admin_client(Brokers.plain(kafka.bootstrap_servers)) as admin:
        await admin.create_topics([NewTopic(topic.name, 2, 1)])

    async def measured() -> GroupLag:
        never_run = Stage("notifier", topic)
        assert never_run.optional
        (lag,) = await measure_lag(brokers, [never_run, stage])
        return lag

    # a Kafka that has never had a group makes its topic of offsets first
    nothing = await until_available(measured, event="kafka_unavailable", retried=TransientError, seconds=30)
    assert nothing == GroupLag(stage, 0, 0, 0, 0, None)
    before = now_us()
    async with Publisher(brokers, source="test") as publisher:
        for number in range(5):
            await publisher.send(topic, Encoded(f"{number}".encode(), b"v", []))
    lag = await measured()
    assert (lag.members, lag.processed, lag.written, lag.waiting) == (0, 0, 5, 5)
    assert lag.oldest_at is not None
    assert before - 1_000 <= lag.oldest_at <= now_us()
    consumer = AIOKafkaConsumer(
        topic.name,
        bootstrap_servers=kafka.bootstrap_servers,
        group_id=stage.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets([TopicPartition(topic.name, number) for number in range(2)])
        await consumer.commit(
            {**ends, TopicPartition(topic.name, 0): ends[TopicPartition(topic.name, 0)] - 1}
        )
        lag = await measured()
        assert (lag.members, lag.processed, lag.waiting) == (1, 4, 1)
        assert lag.oldest_at is not None
        await consumer.commit(ends)
        assert await measured() == GroupLag(stage, 1, 5, 5, 0, None)
    finally:
        await consumer.stop()


async def test_the_marker_of_a_transaction_is_not_waited_for(settings: KafkaSettings, topic: Topic) -> None:
    """All groups may wait at markers, for example after topics were copied in transactions."""
    stage = Stage("reader", topic)
    await send_in_transactions(settings, topic, [b"v"])
    consumer = AIOKafkaConsumer(**settings.brokers.client_options(), group_id=stage.group)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic.name, 0)])
        await consumer.commit({TopicPartition(topic.name, 0): 1})
    finally:
        await consumer.stop()
    lags = await measure_lag(settings.brokers, [stage] * len(STAGES))
    assert {(lag.waiting, lag.oldest_at) for lag in lags} == {(1, None)}
