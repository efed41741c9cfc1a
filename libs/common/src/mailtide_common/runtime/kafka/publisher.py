"""Sends all records of Mailtide to Kafka, and waits for their acknowledgement (INV-1).

Producers use `acks=all`, so that an acknowledged record survives the failure of a broker. A record whose
publication fails may still arrive.

Idempotence is off, for two reasons. One refused record would permanently break a partition of an idempotent
producer. And compaction leaves empty batches of such producers, at which consumers with kafkajs 2.2.4 stop,
such as the one of docs/read-your-mail.md (seen on Kafka 4.3.1). Versions make repeated and reordered records
harmless.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from typing import Any, Self

import prometheus_client
from aiokafka import AIOKafkaProducer
from aiokafka.errors import InvalidTimestampError, KafkaError, MessageSizeTooLargeError
from aiokafka.partitioner import murmur2
from prometheus_client import Histogram

from mailtide_common.contracts.causes import Cause
from mailtide_common.contracts.codec import Encoded, encode
from mailtide_common.contracts.dead_letters import ErrorClass
from mailtide_common.contracts.events import Event
from mailtide_common.contracts.keys import partition_part
from mailtide_common.contracts.times import UnixMicros
from mailtide_common.contracts.topics import CLOCK_LEAD_MS, MAX_RECORD_BYTES, Compression, Topic
from mailtide_common.contracts.traces import current_trace
from mailtide_common.runtime import metrics
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.errors import PermanentError, TransientError
from mailtide_common.runtime.stopping import FLUSH_SECONDS, within
from mailtide_common.runtime.traces.spans import OFF, Spans

from .brokers import METADATA_MAX_AGE_MS, Brokers
from .isolate_record import UNENCODABLE

MAX_BATCH_BYTES = 256 * 1024
"""Maximum number of bytes that a producer collects into one batch.

aiokafka's default of 16 KiB is less than one mail, and takes several times the CPU. A batch above a topic's
`max.message.bytes` would be refused as a whole.
"""

REQUEST_TIMEOUT_MS = 4_000
"""Longest wait for a broker's answer. It is below the 5 s in which the ingress must answer."""

PUBLISH_TIMEOUT_SECONDS = 15.0

CLOCK_AHEAD = (
    f"kafka: this machine's clock is more than {CLOCK_LEAD_MS // 1_000} s ahead of the broker's: "
    "correct it, for example by NTP; if every process reports this, correct the broker's clock"
)


def partition_for(key: bytes, all_partitions: Sequence[int], _available: Sequence[int]) -> int:
    """Return the partition of a key, so that all records of a grant have one partition (INV-14).

    It is computed from Kafka's murmur2 of the key up to the first `/`.
    """
    return all_partitions[_positive_hash(partition_part(key)) % len(all_partitions)]


@lru_cache(maxsize=20_000)
def _positive_hash(part: bytes) -> int:
    """Return murmur2 without its sign. Cached, because aiokafka 0.14 computes it in Python."""
    digest: int = murmur2(part)
    return digest & 0x7FFFFFFF


@cache
def _metrics_of(topic: str) -> tuple[prometheus_client.Counter, Histogram]:
    """Return a topic's metrics. Cached, because looking up a label costs more than counting."""
    return (
        metrics.KAFKA_PUBLISHED_RECORDS.labels(topic),
        metrics.KAFKA_PUBLISH_DURATION_SECONDS.labels(topic),
    )


def _names(records: Sequence[tuple[Topic, Encoded]]) -> str:
    return ", ".join(sorted({topic.name for topic, _ in records}))


def _too_large(records: Sequence[tuple[Topic, Encoded]]) -> str:
    """Return why records were refused: the size of the record that exceeds its topic's limit by most."""
    sizes = [(topic, len(record.value or b"")) for topic, record in records]
    topic, size = max(sizes, key=lambda each: each[1] - each[0].max_record_bytes)
    return (
        f"a record for {topic.name} is larger than the topic allows: it has about {size} bytes; "
        f"the topic's max.message.bytes should be {topic.max_record_bytes}"
    )


class Publisher:
    """Sends events and records. Each sending method returns when Kafka has acknowledged all of them."""

    def __init__(
        self,
        brokers: Brokers,
        *,
        source: str,
        clock: Callable[[], UnixMicros] = now_us,
        spans: Spans = OFF,
    ) -> None:
        """Create a publisher that is not connected.

        Args:
            brokers: the brokers to connect to.
            source: the service's name, which each event has as a header.
            clock: returns the current time, which is the timestamp of records.
            spans: receives a span for each record.
        """
        self._clock = clock
        self._brokers = brokers
        self._source = source
        self._spans = spans
        self._producers: dict[Compression, AIOKafkaProducer] = {}
        self.clock_refused = False
        """Whether Kafka refused the latest records because this machine's clock is ahead."""

    async def start(self) -> None:
        """Connect to the brokers.

        Raises:
            TransientError: connecting failed. A wrong setting or login is reported as this error, too.
        """
        options = self._brokers.client_options()
        for compression in Compression:
            producer = AIOKafkaProducer(
                **options,
                client_id=f"mailtide-{self._source}",
                acks="all",
                enable_idempotence=False,
                linger_ms=0,
                max_batch_size=MAX_BATCH_BYTES,
                max_request_size=MAX_RECORD_BYTES,
                request_timeout_ms=REQUEST_TIMEOUT_MS,
                metadata_max_age_ms=METADATA_MAX_AGE_MS,
                compression_type=None if compression is Compression.NONE else compression.value,
                partitioner=partition_for,
            )
            self._producers[compression] = producer
            try:
                await producer.start()
            except (KafkaError, OSError) as error:
                await self.stop()
                raise self._brokers.failure(error) from error

    async def stop(self) -> None:
        """Flush and disconnect all producers, within `FLUSH_SECONDS`."""
        producers, self._producers = self._producers, {}
        flushes = [within(FLUSH_SECONDS, "producer", producer.stop()) for producer in producers.values()]
        await asyncio.gather(*flushes)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def publish(self, event: Event, *, timeout: float = PUBLISH_TIMEOUT_SECONDS) -> None:
        """Publish one event within the current trace.

        Raises:
            PermanentError: as `publish_caused`.
            TransientError: as `send`.
        """
        await self.publish_all([event], timeout=timeout)

    async def publish_all(self, events: Iterable[Event], *, timeout: float = PUBLISH_TIMEOUT_SECONDS) -> None:
        """Publish events within the current trace, in their order.

        Raises:
            PermanentError: as `publish_caused`.
            TransientError: as `send`.
        """
        current = Cause(current_trace.get())
        await self.publish_caused([(event, current) for event in events], timeout=timeout)

    async def publish_caused(
        self, events: Iterable[tuple[Event, Cause]], *, timeout: float = PUBLISH_TIMEOUT_SECONDS
    ) -> None:
        """Publish events, each with its own cause, in their order.

        Raises:
            PermanentError: an event cannot be encoded, and no event was sent. Or as `send`.
            TransientError: as `send`.
        """
        await self.send_all(
            [(event.topic, self._encoded(event, cause)) for event, cause in events],
            timeout=timeout,
        )

    async def send(self, topic: Topic, record: Encoded, *, timeout: float = PUBLISH_TIMEOUT_SECONDS) -> None:
        """Send one record and wait for the broker's acknowledgement.

        Args:
            topic: the topic to send to.
            record: the record's key, value and headers.
            timeout: longest wait, in seconds.

        Raises:
            TransientError: the publisher is not connected, or Kafka did not acknowledge the record in time, or
                refused it for a reason other than its size, such as this machine's fast clock. The record may
                still arrive.
            PermanentError: the record is larger than its topic allows.
        """
        await self.send_all([(topic, record)], timeout=timeout)

    async def send_all(
        self, records: Sequence[tuple[Topic, Encoded]], *, timeout: float = PUBLISH_TIMEOUT_SECONDS
    ) -> None:
        """Send records in their order, and wait until Kafka has acknowledged all of them.

        After an error, some of the records may still arrive.

        Raises:
            TransientError: as `send`.
            PermanentError: as `send`.
        """
        with self._spans.sending(records) as traced:
            await self._send_all(traced, timeout)

    async def _send_all(self, records: Sequence[tuple[Topic, Encoded]], timeout: float) -> None:
        started = time.monotonic()
        if not self._producers:
            raise TransientError(
                "kafka: not connected: the service is waiting for Kafka at its start, or is stopping"
            )
        try:
            async with asyncio.timeout(timeout):
                futures = [await self._enqueue(topic, record) for topic, record in records]
                if len(futures) == 1:
                    await futures[0]  # `gather` would cost more than the rest of this method
                elif futures:
                    await asyncio.gather(*futures)
        except MessageSizeTooLargeError as error:
            raise PermanentError(_too_large(records), ErrorClass.TOO_LARGE) from error
        except (KafkaError, OSError, TimeoutError) as error:
            self.clock_refused = isinstance(error, InvalidTimestampError)
            for topic, _ in records:
                metrics.KAFKA_PUBLISH_FAILURES.labels(topic.name).inc()
            limit = f" (limit: {timeout:g} s)" if isinstance(error, TimeoutError) else ""
            failure = f"kafka: publishing to {_names(records)} failed: {type(error).__name__}{limit}"
            raise TransientError(CLOCK_AHEAD if self.clock_refused else failure) from error
        self.clock_refused = False
        seconds = time.monotonic() - started
        for name, count in Counter(topic.name for topic, _ in records).items():
            published, duration = _metrics_of(name)
            published.inc(count)
            duration.observe(seconds)

    def _encoded(self, event: Event, cause: Cause) -> Encoded:
        try:
            return encode(event, source=self._source, cause=cause)
        except UNENCODABLE as error:
            reason = f"{event.type} cannot be encoded: {type(error).__name__}"
            raise PermanentError(reason, ErrorClass.UNENCODABLE) from error

    async def _enqueue(self, topic: Topic, record: Encoded) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = await self._producers[topic.compression].send(
            topic.name,
            value=record.value,
            key=record.key,
            headers=record.headers,
            timestamp_ms=self._clock() // 1_000,
        )
        return future
