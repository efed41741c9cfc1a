"""Measures how far consumer groups are behind the topics that they consume."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from mailtide_common.contracts.stages import Stage
from mailtide_common.contracts.times import UnixMicros, of_milliseconds
from mailtide_common.runtime.errors import TransientError

from .admin import admin_client
from .brokers import Brokers
from .plain_consumer import list_partitions, stop_consumer

MEASURE_SECONDS = 30.0
"""Longest duration of a measurement of all groups."""

OLDEST_SECONDS = 3.0
"""Longest wait for a group's oldest records; compaction may have removed all that seem to wait."""

ONE_RECORD_BYTES = 1
"""A broker answers with one whole batch, however small the limit is (seen on Kafka 4.3.1)."""

UNKNOWN_GROUP = "Dead"
"""State of a group without members and committed offsets (seen on Kafka 4.3.1)."""


@dataclass(frozen=True, slots=True)
class GroupLag:
    """The position of a consumer group in its topic.

    Attributes:
        stage: the group and its topic.
        members: number of consumers in the group.
        processed: sum of the committed offsets, and of the starts of partitions with a lower one or none.
        written: sum of the partitions' ends.
        waiting: records after the committed offsets; on a compacted topic there may be fewer.
        oldest_at: when the oldest of these was written; None if none waits or none was read in time.
    """

    stage: Stage
    members: int
    processed: int
    written: int
    waiting: int
    oldest_at: UnixMicros | None


async def measure_lag(brokers: Brokers, stages: Sequence[Stage]) -> list[GroupLag]:
    """Return the lag of the group of each stage, in the order of `stages`.

    Stages of optional services whose group does not exist are omitted.

    Raises:
        TransientError: Kafka is unavailable, or the measurement takes longer than `MEASURE_SECONDS`.
    """
    try:
        async with (
            asyncio.timeout(MEASURE_SECONDS),
            admin_client(brokers) as admin,
            _consumer(brokers) as consumer,
        ):
            partitions = await _assign(consumer, stages)
            starts = await consumer.beginning_offsets(partitions)
            ends = await consumer.end_offsets(partitions)
            measured = []
            for stage in stages:
                state, members = await _describe(admin, stage.group)
                if stage.optional and state == UNKNOWN_GROUP:
                    continue
                own = [tp for tp in partitions if tp.topic == stage.topic.name]
                committed = await admin.list_consumer_group_offsets(stage.group)
                at = {tp: max(starts[tp], committed[tp].offset if tp in committed else 0) for tp in own}
                behind = {tp: offset for tp, offset in at.items() if offset < ends[tp]}
                measured.append(
                    GroupLag(
                        stage,
                        members,
                        processed=sum(at.values()),
                        written=sum(ends[tp] for tp in own),
                        waiting=sum(ends[tp] - offset for tp, offset in behind.items()),
                        oldest_at=await _oldest(consumer, behind) if behind else None,
                    )
                )
            return measured
    except TimeoutError as error:
        reason = f"kafka: measuring consumer groups was not complete within {MEASURE_SECONDS:g} s"
        raise TransientError(reason) from error
    except (KafkaError, OSError) as error:
        raise TransientError(f"measuring consumer groups failed: {brokers.failure(error)}") from error


async def _describe(admin: AIOKafkaAdminClient, group: str) -> tuple[str, int]:
    """Return the state and the number of members of a group.

    One group per call: aiokafka 0.14.0 decodes an answer of version 3 by the schema of version 2, which lacks one field
    per group, and so describes the second group wrongly (`findings/aiokafka-describes-one-group-per-call.sh`).
    """
    (answer,) = await admin.describe_consumer_groups([group])
    ((_, _, state, _, _, members, *_),) = answer.groups
    return state, len(members)


async def _assign(consumer: AIOKafkaConsumer, stages: Iterable[Stage]) -> list[TopicPartition]:
    partitions = await list_partitions(consumer, *sorted({stage.topic.name for stage in stages}))
    consumer.assign(partitions)
    consumer.pause(*partitions)
    return partitions


async def _oldest(consumer: AIOKafkaConsumer, behind: dict[TopicPartition, int]) -> UnixMicros | None:
    """Return when the oldest record at or after these offsets was written; None if there is none in time."""
    for tp, offset in behind.items():
        consumer.seek(tp, offset)
    consumer.resume(*behind)
    found: dict[TopicPartition, UnixMicros] = {}
    deadline = asyncio.get_running_loop().time() + OLDEST_SECONDS
    while len(found) < len(behind) and asyncio.get_running_loop().time() < deadline:
        for tp, batch in (await consumer.getmany(*behind, timeout_ms=200)).items():
            found.setdefault(tp, of_milliseconds(batch[0].timestamp))
            consumer.pause(tp)
    consumer.pause(*behind)
    return min(found.values(), default=None)


@asynccontextmanager
async def _consumer(brokers: Brokers) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        **brokers.client_options(),
        group_id=None,
        enable_auto_commit=False,
        max_partition_fetch_bytes=ONE_RECORD_BYTES,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await stop_consumer(consumer, "reader")
