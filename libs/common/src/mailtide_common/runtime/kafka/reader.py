"""Reads topics without a consumer group: once up to the end, or continuously."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.times import BEGINNING, UnixMicros, of_milliseconds
from mailtide_common.contracts.topics import Topic
from mailtide_common.runtime.errors import TransientError

from .brokers import CONSUMER_REQUEST_TIMEOUT_MS, METADATA_MAX_AGE_MS, Brokers
from .plain_consumer import list_partitions, stop_consumer
from .publisher import partition_for

STALL_SECONDS = 60
"""Time limit of reads. `read_to_end` fails after this time without progress, `last_written` and `last_of_key`
after this time in total. A `TopicFollower` has no limit."""

FETCH_BYTES = 8 * 1024 * 1024

_ADVICE = "`mailtide doctor` shows whether a broker is down"


def to_record(raw: Any) -> Record:
    """Convert a record of aiokafka. Its value is not decoded."""
    return Record(
        topic=raw.topic,
        partition=raw.partition,
        offset=raw.offset,
        key=raw.key,
        value=raw.value,
        headers=raw.headers,
        timestamp_ms=raw.timestamp,
    )


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some records of a read, and its progress."""

    records: list[Record]
    read: int
    """Number of offsets before these records, plus the number of these records.

    It may exceed `total` if records are written during the read.
    """
    total: int
    """Offsets between the beginning and the end of the read. A compacted topic has fewer records."""


async def read_to_end(
    brokers: Brokers, topic: Topic, *, max_records: int = 500, share: int = 0, shares: int = 1
) -> AsyncIterator[Chunk]:
    """Yield the records of a topic, or of a share of its partitions, from the beginning to the present end.

    Some records that are written during the read may be yielded, too.

    Args:
        brokers: the brokers to connect to.
        topic: the topic to read.
        max_records: maximum number of records of a chunk.
        share: index of the share to read, from 0.
        shares: number of shares into which the partitions are divided.

    Raises:
        TransientError: Kafka is unavailable or refuses a request, the topic does not exist, or the read makes
            no progress for `STALL_SECONDS`.
    """
    async with _reading(brokers, topic) as (consumer, assigned):
        partitions = assigned[share::shares]
        if not partitions:
            return
        consumer.pause(*set(assigned).difference(partitions))
        ends = await consumer.end_offsets(partitions)
        starts = {tp: await consumer.position(tp) for tp in partitions}
        total = sum(ends[tp] - starts[tp] for tp in partitions)
        moved_at, last = time.monotonic(), -1
        while True:
            positions = {tp: await consumer.position(tp) for tp in partitions}
            read = sum(min(positions[tp], ends[tp]) - starts[tp] for tp in partitions)
            if read > last:
                moved_at, last = time.monotonic(), read
            if all(positions[tp] >= ends[tp] for tp in partitions):
                return
            if time.monotonic() - moved_at > STALL_SECONDS:
                raise TransientError(
                    f"kafka: reading {topic.name} made no progress for {STALL_SECONDS} s; {_ADVICE}"
                )
            batches = await consumer.getmany(*partitions, timeout_ms=1_000, max_records=max_records)
            records = [to_record(raw) for batch in batches.values() for raw in batch]
            if records:
                yield Chunk(records, read + len(records), total)


async def last_written(brokers: Brokers, topic: Topic) -> UnixMicros | None:
    """Return when a topic's newest record was written, or None if the topic has no record.

    Raises:
        TransientError: Kafka is unavailable or refuses a request, the topic does not exist, or the read takes
            longer than `STALL_SECONDS`.
    """
    newest: UnixMicros | None = None
    async with _reading(brokers, topic) as (consumer, partitions):
        ends = await consumer.end_offsets(partitions)
        starts = await consumer.beginning_offsets(partitions)
        waiting = {tp for tp in partitions if ends[tp] > starts[tp]}
        back = dict.fromkeys(waiting, 1)
        for tp in waiting:
            consumer.seek(tp, ends[tp] - 1)
        consumer.pause(*(set(partitions) - waiting))
        started = time.monotonic()
        while waiting:
            if time.monotonic() - started > STALL_SECONDS:
                raise TransientError(_too_long(topic))
            for tp, batch in (await consumer.getmany(timeout_ms=1_000)).items():
                waiting.discard(tp)
                newest = max(newest or BEGINNING, *(of_milliseconds(raw.timestamp) for raw in batch))
            for tp in sorted(waiting):
                if await consumer.position(tp) < ends[tp]:
                    continue
                # Only markers of transactions were read, which aiokafka passes over (seen on Kafka 4.3.1).
                if back[tp] < ends[tp] - starts[tp]:
                    back[tp] *= 2
                    consumer.seek(tp, max(starts[tp], ends[tp] - back[tp]))
                else:
                    waiting.discard(tp)
    return newest


async def last_of_key(brokers: Brokers, topic: Topic, key: bytes) -> Record | None:
    """Return the newest record of a key, which may be a tombstone, or None if there is none.

    This reads the whole partition of the key.

    Raises:
        TransientError: Kafka is unavailable or refuses a request, the topic does not exist, or the read takes
            longer than `STALL_SECONDS`.
    """
    found: Record | None = None
    async with _reading(brokers, topic) as (consumer, partitions):
        number = partition_for(key, [tp.partition for tp in partitions], ())
        (own,) = [tp for tp in partitions if tp.partition == number]
        consumer.pause(*(tp for tp in partitions if tp != own))
        end = (await consumer.end_offsets([own]))[own]
        started = time.monotonic()
        while await consumer.position(own) < end:
            if time.monotonic() - started > STALL_SECONDS:
                raise TransientError(_too_long(topic))
            for raw in (await consumer.getmany(own, timeout_ms=1_000)).get(own, ()):
                if raw.key == key:
                    found = to_record(raw)
    return found


def _too_long(topic: Topic) -> str:
    return f"kafka: reading {topic.name} took longer than {STALL_SECONDS} s; {_ADVICE}"


class TopicFollower:
    """Reads all records of a topic from the beginning, and then new records."""

    def __init__(self, brokers: Brokers, topic: Topic, on_record: Callable[[Record], None]) -> None:
        """Create a follower that is not connected.

        Args:
            brokers: the brokers to connect to.
            topic: the topic to read.
            on_record: receives each record. Records of one partition arrive in their order.
        """
        self._brokers = brokers
        self._consumer = _consumer(brokers)
        self._topic = topic
        self._on_record = on_record
        self._partitions: list[TopicPartition] = []

    async def start(self) -> None:
        """Connect, and go to the beginning of the topic.

        Raises:
            TransientError: Kafka is unavailable or refuses a request, or the topic does not exist.
        """
        with _broker_errors(self._brokers, self._topic):
            await self._consumer.start()
            self._partitions = await _assign(self._consumer, self._topic)

    async def stop(self) -> None:
        """Disconnect, within `DISCONNECT_SECONDS`."""
        await stop_consumer(self._consumer, "reader")

    async def catch_up(self) -> None:
        """Pass records to `on_record` up to the topic's present end.

        Do not call this while another call of `catch_up` or `follow` runs.

        Raises:
            TransientError: Kafka is unavailable or refuses a request.
        """
        with _broker_errors(self._brokers, self._topic):
            ends = await self._consumer.end_offsets(self._partitions)
            while any([await self._consumer.position(tp) < end for tp, end in ends.items()]):
                await self.follow(timeout_ms=1_000)

    async def follow(self, *, timeout_ms: int) -> None:
        """Wait at most `timeout_ms` milliseconds for new records, and pass them to `on_record`.

        Raises:
            TransientError: Kafka is unavailable or refuses a request.
        """
        with _broker_errors(self._brokers, self._topic):
            batches = await self._consumer.getmany(timeout_ms=timeout_ms)
        for batch in batches.values():
            for raw in batch:
                self._on_record(to_record(raw))


@asynccontextmanager
async def _reading(
    brokers: Brokers, topic: Topic
) -> AsyncIterator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
    """Yield a consumer at the beginning of a topic, and its partitions. Close the consumer afterwards."""
    consumer = _consumer(brokers)
    try:
        with _broker_errors(brokers, topic):
            await consumer.start()
            yield consumer, await _assign(consumer, topic)
    finally:
        await stop_consumer(consumer, "reader")


@contextmanager
def _broker_errors(brokers: Brokers, topic: Topic) -> Iterator[None]:
    try:
        yield
    except (KafkaError, OSError) as error:
        raise TransientError(f"reading {topic.name} failed: {brokers.failure(error)}") from error


def _consumer(brokers: Brokers) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        **brokers.client_options(),
        group_id=None,
        enable_auto_commit=False,
        # With "latest", `seek_to_beginning` may go to the end: findings/aiokafka-seek-to-beginning-goes-to-the-end.sh
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
        request_timeout_ms=CONSUMER_REQUEST_TIMEOUT_MS,
        metadata_max_age_ms=METADATA_MAX_AGE_MS,
    )


async def _assign(consumer: AIOKafkaConsumer, topic: Topic) -> list[TopicPartition]:
    partitions = await list_partitions(consumer, topic.name)
    if not partitions:
        raise TransientError(
            f"kafka: topic {topic.name} does not exist, or this login lacks Describe on it: "
            "run `mailtide topics ensure`, or grant the privilege"
        )
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    return partitions
