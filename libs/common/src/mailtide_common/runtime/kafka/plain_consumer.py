"""Lists the partitions of topics, and closes a consumer of aiokafka in bounded time."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

from mailtide_common.runtime.stopping import DISCONNECT_SECONDS, within


async def list_partitions(consumer: AIOKafkaConsumer, *topics: str) -> list[TopicPartition]:
    """Return the partitions of topics, in the order of `topics`. A missing topic has no partitions."""
    await consumer._client.force_metadata_update()  # noqa: SLF001 - aiokafka has no public metadata request
    return [
        TopicPartition(topic, number)
        for topic in topics
        for number in sorted(consumer.partitions_for_topic(topic) or ())
    ]


async def stop_consumer(consumer: AIOKafkaConsumer, what: str) -> None:
    """Close a consumer within `DISCONNECT_SECONDS`. `what` names the consumer in the log."""
    await within(DISCONNECT_SECONDS, what, _stop(consumer))


async def _stop(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer. Close its connections if `stop` itself raises a CancelledError (see `within`)."""
    try:
        await consumer.stop()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and not task.cancelling():
            await consumer._client.close()  # noqa: SLF001 - a second call of `stop` would do nothing
        raise
