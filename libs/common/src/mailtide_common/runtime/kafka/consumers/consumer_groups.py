"""Consumer groups that lose no record.

A handler takes raw records, and returns the records to park. What follows depends on how the handler ends:

- It returns: the dead letters are published, and then the offsets are committed. If too many records would be
  parked, the consumer is halted instead (`dead_letter_limit.py`).
- It raises `TransientError` or takes too long: nothing is committed, and the records are handled again.
- It raises an error of `UNPROCESSABLE`: the record that causes the error is isolated and parked
  (`kafka/isolate_record.py`).
- It raises any other error, which is a bug or a `ConfigurationError`: nothing is committed, and the process
  stops.

FastStream creates and closes the consumers. It does not run the handlers, because its acknowledgement
policies lose a failed record or repeat it without a pause, and its parser skips malformed headers (decision
0001).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import Parked
from mailtide_common.contracts.stages import group_id
from mailtide_common.contracts.topics import Topic
from mailtide_common.runtime.kafka.brokers import CONSUMER_REQUEST_TIMEOUT_MS, METADATA_MAX_AGE_MS
from mailtide_common.runtime.kafka.faststream_security import faststream_security
from mailtide_common.runtime.kafka.plain_consumer import stop_consumer
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.retry import until_available
from mailtide_common.runtime.settings import KafkaSettings
from mailtide_common.runtime.stopping import LEAVE_SECONDS, WORK_SECONDS, within
from mailtide_common.runtime.traces.spans import OFF, Spans
from mailtide_common.runtime.web.health import Health
from mailtide_common.runtime.web.server import Switch

from .batch_loop import BatchLoop
from .dead_letter_box import DeadLetterBox
from .dead_letter_limit import DeadLetterLimit, committed_notes
from .keyed_loop import KeyedLoop

BATCH_DEADLINE_SECONDS = 10
REBALANCE_TIMEOUT_MS = 15_000
BATCH_MAX_POLL_INTERVAL_MS = 30_000
KEYED_MAX_POLL_INTERVAL_MS = 300_000
"""Time after which a keyed consumer leaves its group if no slot is free and no handler ends. Handlers take less
time (see `GroupConsumer.stay`)."""
HEARTBEAT_INTERVAL_MS = 2_000
FETCH_BYTES = 8 * 1024 * 1024

BatchHandler = Callable[[Sequence[Record]], Awaitable[Sequence[Parked]]]
KeyedHandler = Callable[[Record], Awaitable[Parked | None]]

log = get_logger(__name__)


def _quiet_logger() -> logging.Logger:
    """Return a logger that discards FastStream's messages below ERROR."""
    logger = logging.getLogger("mailtide.faststream")
    logger.setLevel(logging.ERROR)
    return logger


class Consumers:
    """The consumer groups of a process. Call `batch` and `keyed` for each handler, and then `start`."""

    def __init__(
        self,
        settings: KafkaSettings,
        publisher: Publisher,
        switch: Switch,
        health: Health,
        *,
        service: str,
        spans: Spans = OFF,
    ) -> None:
        """Create the consumers without connecting.

        Args:
            settings: the brokers to connect to, and limits.
            publisher: sends dead letters and incidents. Start it before the consumers, and stop it after them.
            switch: stops the process if a consumer fails.
            health: tracks the progress of the consumers. It is not ready while a consumer is halted.
            service: the service's name, for the client id.
            spans: receives a span for each record.
        """
        self._settings = settings
        self._spans = spans
        self._publisher = publisher
        self._switch = switch
        self._health = health
        self._broker = KafkaBroker(
            list(settings.brokers.servers),
            security=faststream_security(settings.brokers),
            client_id=f"mailtide-{service}",
            request_timeout_ms=CONSUMER_REQUEST_TIMEOUT_MS,
            metadata_max_age_ms=METADATA_MAX_AGE_MS,
            allow_auto_create_topics=False,
            consumer_only=True,
            graceful_timeout=None,
            logger=_quiet_logger(),
        )
        self._loops: list[tuple[Any, BatchLoop | KeyedLoop]] = []
        self._tasks: list[asyncio.Task[None]] = []
        health.add_check("dead letters", lambda: not any(loop.box.halted for _, loop in self._loops))

    def batch(
        self,
        topic: Topic,
        *,
        group: str,
        handler: BatchHandler,
        max_records: int = 200,
        deadline_seconds: float = BATCH_DEADLINE_SECONDS,
        workers: int = 1,
    ) -> None:
        """Subscribe a handler to batches of a topic's records. Call it before `start`.

        Args:
            topic: the topic to consume.
            group: the service's name, which is the first part of the group id.
            handler: processes a batch, and returns the records to park.
            max_records: maximum number of records of a batch.
            deadline_seconds: time limit for handling a batch and publishing its dead letters.
            workers: number of batches that are handled concurrently. Their partitions are different.
        """
        loop = BatchLoop(
            topic,
            group_id(group, topic),
            handler,
            self._box(topic, group),
            self._health.track(group_id(group, topic)),
            max_records=max_records,
            deadline_seconds=deadline_seconds,
            drain_seconds=WORK_SECONDS,
            workers=workers,
            spans=self._spans,
        )
        self._subscribe(topic, loop, max_poll_interval_ms=BATCH_MAX_POLL_INTERVAL_MS)

    def keyed(self, topic: Topic, *, group: str, handler: KeyedHandler, max_in_flight: int) -> None:
        """Subscribe a handler to single records of a topic, for slow work. Call it before `start`.

        Records of one key are handled in order. Here, a key is the part before the first `/`.

        Args:
            topic: the topic to consume.
            group: the service's name, which is the first part of the group id.
            handler: processes a record, and returns the record to park, or None. It must limit its own time.
            max_in_flight: maximum number of keys that are handled concurrently.
        """
        loop = KeyedLoop(
            topic,
            group_id(group, topic),
            handler,
            self._box(topic, group),
            self._health.track(group_id(group, topic)),
            max_in_flight=max_in_flight,
            drain_seconds=WORK_SECONDS,
            spans=self._spans,
        )
        self._subscribe(topic, loop, max_poll_interval_ms=KEYED_MAX_POLL_INTERVAL_MS)

    def _box(self, topic: Topic, group: str) -> DeadLetterBox:
        name = group_id(group, topic)
        limit = DeadLetterLimit(self._settings.dead_letter_bounds)
        return DeadLetterBox(
            topic.name, name, self._publisher, limit, partial(committed_notes, self._settings.brokers, name)
        )

    def _subscribe(self, topic: Topic, loop: BatchLoop | KeyedLoop, *, max_poll_interval_ms: int) -> None:
        subscriber = self._broker.subscriber(
            topic.name,
            group_id=loop.group,
            batch=True,
            ack_policy=AckPolicy.MANUAL,  # the default would commit unfinished records, too
            auto_offset_reset="earliest",
            session_timeout_ms=self._settings.mailtide_session_timeout_ms,
            heartbeat_interval_ms=HEARTBEAT_INTERVAL_MS,
            rebalance_timeout_ms=REBALANCE_TIMEOUT_MS,
            max_poll_interval_ms=max_poll_interval_ms,
            max_partition_fetch_bytes=FETCH_BYTES,
            listener=loop,
        )
        self._loops.append((subscriber, loop))

    async def start(self) -> None:
        """Wait until Kafka is available and accepts the login, join all groups, and start to consume.

        Groups are joined concurrently. After a crash, joining a group takes until the dead member's session
        expires.
        """
        await _retried(self._broker.connect)
        await asyncio.gather(*(self._join(subscriber, loop) for subscriber, loop in self._loops))

    async def stop(self) -> None:
        """Wait at most `WORK_SECONDS` for work in flight, commit finished work, and leave the groups.

        Leaving the groups is abandoned after `LEAVE_SECONDS`.
        """
        await asyncio.gather(*(loop.stop() for _, loop in self._loops))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await within(LEAVE_SECONDS, "consumers", self._leave())

    async def _leave(self) -> None:
        await asyncio.gather(*(_stop(subscriber, loop.name) for subscriber, loop in self._loops))
        await self._broker.stop()

    async def _join(self, subscriber: Any, loop: BatchLoop | KeyedLoop) -> None:
        async def start() -> None:
            try:
                await subscriber.start()
            except (KafkaError, OSError):
                await _stop(subscriber, loop.name)
                raise

        await _retried(start)
        loop.bind(subscriber.consumer)
        self._tasks.append(asyncio.create_task(self._guard(loop), name=loop.name))

    async def _guard(self, loop: BatchLoop | KeyedLoop) -> None:
        try:
            await loop.run()
        except Exception as error:  # noqa: BLE001 - a bug in a handler or in the loop, or wrong surroundings
            self._switch.stop_on(error, loop.name)


async def _stop(subscriber: Any, what: str) -> None:
    """Stop a subscriber.

    Its consumer is stopped first, by `stop_consumer`, which limits the time and absorbs a CancelledError of
    the consumer (see `within`).
    """
    if subscriber.consumer is not None:
        await stop_consumer(subscriber.consumer, what)
    await subscriber.stop()


async def _retried(attempt: Callable[[], Awaitable[object]]) -> None:
    await until_available(attempt, event="kafka_unavailable", retried=(KafkaError, OSError))
