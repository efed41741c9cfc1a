"""Measures how many records of a topic a consumer group has not processed yet."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, for_code

from mailtide_common.contracts.stages import Stage
from mailtide_common.contracts.times import UnixMicros, of_milliseconds
from mailtide_common.runtime.errors import TransientError

from .admin import admin_client
from .brokers import Brokers
from .plain_consumer import list_partitions, stop_consumer

MEASURE_SECONDS = 30.0
"""Time limit of a measurement of all groups."""

OLDEST_SECONDS = 3.0
"""Longest wait for the oldest waiting records of a group."""

ONE_RECORD_BYTES = 1
"""Limit of the bytes of a fetch. A broker sends at least one whole batch anyway (seen on Kafka 4.3.1)."""

UNKNOWN_GROUP = "Dead"
"""State that Kafka 4.3.1 reports for a group without members and without committed offsets."""


@dataclass(frozen=True, slots=True)
class GroupLag:
    """The position of a consumer group in its topic.

    Attributes:
        stage: the group and its topic.
        members: number of consumers in the group.
        processed: sum of the group's positions over all partitions. The position in a partition is the
            committed offset, or the partition's start if that is greater or no offset is committed.
        written: sum of the partitions' end offsets.
        waiting: number of offsets from the positions to the ends. There may be fewer records: compaction
            removes some, and the marker of a transaction has an offset too.
        oldest_at: when the oldest waiting record was written, of those that could be read in time. None if
            there is none.
    """

    stage: Stage
    members: int
    processed: int
    written: int
    waiting: int
    oldest_at: UnixMicros | None


async def measure_lag(brokers: Brokers, stages: Sequence[Stage]) -> list[GroupLag]:
    """Return the lag of each stage's group, in the order of `stages`.

    An optional stage is omitted if its group does not exist.

    Raises:
        TransientError: Kafka is unavailable or refuses a request, or the measurement takes longer than
            `MEASURE_SECONDS`.
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
                        oldest_at=await _oldest(consumer, behind, ends) if behind else None,
                    )
                )
            return measured
    except TimeoutError as error:
        reason = f"kafka: measuring the lag of consumer groups took longer than {MEASURE_SECONDS:g} s"
        raise TransientError(reason) from error
    except (KafkaError, OSError) as error:
        raise TransientError(
            f"measuring the lag of consumer groups failed: {brokers.failure(error)}"
        ) from error


async def _describe(admin: AIOKafkaAdminClient, group: str) -> tuple[str, int]:
    """Return the state and the number of members of a group.

    A call describes one group only, because aiokafka 0.14.0 describes a second group wrongly
    (`findings/aiokafka-describes-one-group-per-call.sh`).

    Raises:
        KafkaError: the group cannot be described, for example while its coordinator loads it.
    """
    (answer,) = await admin.describe_consumer_groups([group])
    ((code, _, state, _, _, members, *_),) = answer.groups
    if code:
        raise for_code(code)(f"group {group} cannot be described")
    return state, len(members)


async def _assign(consumer: AIOKafkaConsumer, stages: Iterable[Stage]) -> list[TopicPartition]:
    partitions = await list_partitions(consumer, *sorted({stage.topic.name for stage in stages}))
    consumer.assign(partitions)
    consumer.pause(*partitions)
    return partitions


async def _oldest(
    consumer: AIOKafkaConsumer, behind: dict[TopicPartition, int], ends: dict[TopicPartition, int]
) -> UnixMicros | None:
    """Return when the oldest record from the offsets `behind` to the offsets `ends` was written.

    Partitions whose record is not read within `OLDEST_SECONDS` are left out, and so are those without one,
    for example with nothing but the marker of a transaction. Return None if this leaves none.
    """
    for tp, offset in behind.items():
        consumer.seek(tp, offset)
    consumer.resume(*behind)
    found: dict[TopicPartition, UnixMicros] = {}
    deadline = asyncio.get_running_loop().time() + OLDEST_SECONDS
    unread = set(behind)
    while unread and asyncio.get_running_loop().time() < deadline:
        for tp, batch in (await consumer.getmany(*behind, timeout_ms=200)).items():
            found.setdefault(tp, of_milliseconds(batch[0].timestamp))
            consumer.pause(tp)
        unread = {tp for tp in unread - found.keys() if await consumer.position(tp) < ends[tp]}
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
