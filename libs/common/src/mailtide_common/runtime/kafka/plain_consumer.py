"""Adds to aiokafka's consumer: a topic's partitions, and an end in bounded time whatever its connections do."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

from mailtide_common.runtime.stopping import DISCONNECT_SECONDS, within


async def list_partitions(consumer: AIOKafkaConsumer, *topics: str) -> list[TopicPartition]:
    """Return the partitions of the topics in their order; a topic that does not exist has none."""
    await consumer._client.force_metadata_update()  # noqa: SLF001 - aiokafka has no public metadata request
    return [
        TopicPartition(topic, number)
        for topic in topics
        for number in sorted(consumer.partitions_for_topic(topic) or ())
    ]


async def stop_consumer(consumer: AIOKafkaConsumer, what: str) -> None:
    """Close a consumer within `DISCONNECT_SECONDS`; `what` names it in the log."""
    await within(DISCONNECT_SECONDS, what, _stop(consumer))


async def _stop(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer, and close its connections if `stop` ends with an error of its own (see `within`)."""
    try:
        await consumer.stop()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and not task.cancelling():
            await consumer._client.close()  # noqa: SLF001 - `stop` does nothing when it is called again
        raise
