"""The base class of the batch loop and the keyed loop: fetches, commits, and measures the lag."""

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import ConsumerStoppedError, IllegalStateError, KafkaError

from mailtide_common.contracts.topics import Topic
from mailtide_common.runtime import metrics
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.retry import Backoff, wait_for_event
from mailtide_common.runtime.stopping import LAST_COMMIT_SECONDS
from mailtide_common.runtime.traces.spans import Spans
from mailtide_common.runtime.web.health import Progress

from .dead_letter_box import HALT_SECONDS, DeadLetterBox
from .dead_letter_limit import LimitReachedError
from .deleted_records import DeletedRecords

POLL_MS = 200
"""Longest time for which a poll waits for records. A stop may have to wait for a poll."""

KAFKA_ERROR_PAUSE_SECONDS = 1.0
COMMIT_SECONDS = 5.0
"""Time limit of a commit. aiokafka 0.14 would wait 20 s for each answer, and retry without a limit. A
rebalance or a stop may not take so long."""

LAG_INTERVAL_SECONDS = 1.0

RECENT_SECONDS = 60.0
"""Time after progress for which `GroupConsumer.stay` has an effect. It exceeds the delays before retries."""

log = get_logger(__name__)


class GroupConsumer(ConsumerRebalanceListener):  # type: ignore[misc]
    """A member of a consumer group that consumes one topic."""

    def __init__(
        self, topic: Topic, group: str, box: DeadLetterBox, progress: Progress, spans: Spans
    ) -> None:
        """Create the member without a Kafka consumer. `bind` sets the consumer after it has started."""
        self.name = group
        self.topic = topic.name
        self.group = group
        self.box = box
        self.progress = progress
        self.spans = spans
        self.stopping = asyncio.Event()
        self.consumer: Any = None
        self._lag_at = 0.0
        self._deleted = DeletedRecords(topic, group)

    def forget(self) -> None:
        """Make the next poll read the committed offsets and their metadata. Call this after an assignment."""
        self.box.forget()
        self._deleted.forget()

    def bind(self, consumer: Any) -> None:
        self.consumer = consumer

    async def poll(self, max_records: int, *partitions: TopicPartition) -> dict[TopicPartition, list[Any]]:
        """Fetch records of `partitions`, by default of all assigned partitions. Wait at most `POLL_MS`.

        Before that, measure the lag and, after a `forget`, read the committed offsets and their metadata.
        Records that Kafka deleted unread are counted.

        If Kafka fails, pause, and return no records. If the consumer was stopped, stop the loop, and return
        no records.

        Nothing is awaited after a successful fetch, so that no rebalance occurs before the caller's next
        statement.
        """
        try:
            await self.box.recall()
            await self._deleted.recall(self.consumer)
            await self._observe_lag()
            batches: dict[TopicPartition, list[Any]] = await self.consumer.getmany(
                *partitions, timeout_ms=POLL_MS, max_records=max_records
            )
        except ConsumerStoppedError:
            self.stopping.set()
            return {}
        except (KafkaError, IllegalStateError, TransientError) as error:
            log.warning("fetch_failed", consumer=self.name, error=type(error).__name__, reason=str(error))
            await self.pause(KAFKA_ERROR_PAUSE_SECONDS)
            return {}
        self._deleted.observe(batches)
        return batches

    async def stay(self) -> None:
        """Stay in the group without a poll, if there was progress within `RECENT_SECONDS`.

        aiokafka 0.14 leaves the group if the consumer fetches nothing for `max_poll_interval_ms`. While records
        are retried, for example by a halted consumer, the group would then seem to have no process.
        """
        if time.monotonic() - self.progress.finished_at < RECENT_SECONDS:
            with suppress(ConsumerStoppedError, KafkaError, IllegalStateError):  # `poll` handles them
                await self.consumer.getmany(TopicPartition(self.topic, -1))  # no such partition: no records

    async def pause(self, seconds: float) -> None:
        """Wait for `seconds`, or until the loop is stopped."""
        await wait_for_event(self.stopping, seconds)

    async def commit(self, offsets: dict[TopicPartition, int]) -> bool:
        """Commit the offsets of partitions that are still assigned, with the counts of `DeadLetterBox.note`.

        Return False if Kafka refuses the commit, or does not confirm it within `COMMIT_SECONDS`.
        """
        if not offsets:  # at a member's first rebalance, no consumer is bound yet
            return True
        assigned = self.consumer.assignment()
        ours = {tp: offset for tp, offset in offsets.items() if tp in assigned}
        if not ours:
            return True
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                await self.consumer.commit({tp: (offset, self.box.note) for tp, offset in ours.items()})
        except (KafkaError, IllegalStateError, TimeoutError) as error:
            metrics.KAFKA_COMMIT_FAILURES.labels(self.group).inc()
            log.warning("commit_refused", consumer=self.name, error=type(error).__name__)
            return False
        return True

    async def last_commit(self, commit: Coroutine[Any, Any, object]) -> None:
        """Wait at most `LAST_COMMIT_SECONDS` for the commit before a rebalance or a stop, and count lost records.

        If the commit is not complete in time, the next owner of a partition handles its records again.
        """
        try:
            async with asyncio.timeout(LAST_COMMIT_SECONDS):
                await commit
                with suppress(KafkaError, IllegalStateError):
                    await self._deleted.count_lost(self.consumer)
        except TimeoutError:
            log.warning("commit_abandoned", consumer=self.name)

    def redo(self, error: BaseException, attempt: int, records: int, backoff: Backoff) -> float:
        """Count and log records that must be handled again. Return the seconds to wait before that.

        The wait is `HALT_SECONDS` after a `LimitReachedError`, else from `backoff`. A `TransientError` counts
        as progress, because a restart would not help. `attempt` is the number of earlier failed attempts, and
        `records` the number of records.
        """
        metrics.KAFKA_REWOUND_RECORDS.labels(self.topic, self.group, type(error).__name__).inc(records)
        log.warning(
            "records_retried",
            consumer=self.name,
            error=type(error).__name__,
            reason=str(error),
            attempt=attempt,
        )
        if isinstance(error, TransientError):
            self.progress.finished()
        return HALT_SECONDS if isinstance(error, LimitReachedError) else backoff.seconds(attempt)

    async def _observe_lag(self) -> None:
        now = time.monotonic()
        if now - self._lag_at < LAG_INTERVAL_SECONDS:
            return
        self._lag_at = now
        lag = 0
        for tp in self.consumer.assignment():
            end = self.consumer.highwater(tp)
            if end is not None:
                lag += max(0, end - await self.consumer.position(tp))
        self.progress.lag = lag
        metrics.KAFKA_CONSUMER_LAG_RECORDS.labels(self.topic, self.group).set(lag)
