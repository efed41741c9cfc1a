"""Shared by the tests of consumers: their own topics, and conditions to wait for."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic, RecordsToDelete
from aiokafka.errors import KafkaError

from mailtide_common.contracts.codec import Encoded, Record
from mailtide_common.contracts.dead_letters import Parked
from mailtide_common.contracts.stages import group_id
from mailtide_common.contracts.topics import DEAD_LETTERS, Cleanup, Topic
from mailtide_common.runtime.kafka.admin import admin_client
from mailtide_common.runtime.kafka.consumers.consumer_groups import Consumers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.reader import read_to_end
from mailtide_common.runtime.settings import KafkaSettings
from mailtide_common.runtime.web.health import Health
from mailtide_common.runtime.web.server import Switch
from mailtide_devkit.local import waiting

PARTITIONS = 4


def a_topic() -> Topic:
    return Topic(
        name=f"test.{uuid4().hex}",
        key="any",
        cleanup=Cleanup.DELETE,
        purpose="test",
        producers=("test",),
        consumers=("test",),
    )


async def create(settings: KafkaSettings, topic: Topic) -> None:
    """Create a topic, and wait until the broker shows it: on a busy machine later than a publish waits."""
    async with admin_client(settings.brokers) as admin:
        await admin.create_topics([NewTopic(topic.name, PARTITIONS, 1)])

        async def shown() -> bool:
            (described,) = await admin.describe_topics([topic.name])
            return len(described["partitions"]) == PARTITIONS

        await waiting.until(shown, what=f"{topic.name} is shown")


async def delete_all(settings: KafkaSettings, topic: Topic) -> None:
    async with admin_client(settings.brokers) as admin:
        everything = RecordsToDelete(before_offset=-1)
        await admin.delete_records({TopicPartition(topic.name, n): everything for n in range(PARTITIONS)})


@asynccontextmanager
async def running(
    settings: KafkaSettings,
    publisher: Publisher,
    add: Callable[[Consumers], None],
    health: Health | None = None,
) -> AsyncIterator[Switch]:
    switch = Switch()
    consumers = Consumers(settings, publisher, switch, health or Health(), service="test")
    add(consumers)
    await consumers.start()
    try:
        yield switch
    finally:
        await consumers.stop()


async def until(condition: Callable[[], bool]) -> None:
    async def probe() -> bool:
        return condition()

    await waiting.until(probe, what="the condition")


async def until_more(acknowledged: set[bytes]) -> None:
    enough = len(acknowledged) + 200
    await until(lambda: len(acknowledged) > enough)


async def until_committed(settings: KafkaSettings, topic: Topic, group: str) -> None:
    async def probe() -> bool:
        try:
            return await lag(settings, topic, group) == 0
        except KafkaError as error:  # a broker that has just started loads the committed offsets first
            if not error.retriable:
                raise
            return False

    await waiting.until(probe, what="everything committed")


async def send(publisher: Publisher, topic: Topic, values: Sequence[bytes], keys: int = 7) -> None:
    await publisher.send_all(
        [(topic, Encoded(f"k{i % keys}/x".encode(), value, [])) for i, value in enumerate(values)]
    )


async def send_in_transactions(settings: KafkaSettings, topic: Topic, values: Sequence[bytes]) -> None:
    """Send each value in its own transaction, as a program other than Mailtide. All have one partition."""
    producer = AIOKafkaProducer(**settings.brokers.client_options(), transactional_id=topic.name)
    await producer.start()
    try:
        for value in values:
            async with producer.transaction():
                await producer.send_and_wait(topic.name, value, partition=0)
    finally:
        await producer.stop()


async def dead_letters_of(settings: KafkaSettings, topic: Topic) -> list[Record]:
    return [
        record
        async for chunk in read_to_end(settings.brokers, DEAD_LETTERS)
        for record in chunk.records
        if record.header("dead-letter-topic") == topic.name
    ]


async def lag(settings: KafkaSettings, topic: Topic, group: str) -> int:
    """Return how many records of a topic the group has not committed."""
    async with admin_client(settings.brokers) as admin:
        committed = await admin.list_consumer_group_offsets(group_id(group, topic))
    done: int = sum(
        meta.offset for tp, meta in committed.items() if tp.topic == topic.name and meta.offset > 0
    )
    total = 0
    async for chunk in read_to_end(settings.brokers, topic):
        total = chunk.total
    return total - done


Handler = Callable[[Sequence[Record]], Awaitable[Sequence[Parked]]]
