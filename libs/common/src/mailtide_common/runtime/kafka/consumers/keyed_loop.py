"""Passes single records to a slow handler: many keys at once, records of one key in order (INV-2, INV-14).

Here, a key is the part of a record's key before the first `/` (`partition_part`).
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from aiokafka import TopicPartition

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import Parked
from mailtide_common.contracts.keys import partition_part
from mailtide_common.contracts.topics import Topic
from mailtide_common.contracts.traces import current_trace
from mailtide_common.runtime import metrics
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.isolate_record import parked_by
from mailtide_common.runtime.kafka.reader import to_record
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.retry import Backoff, wait_for_event
from mailtide_common.runtime.traces.spans import OFF, Spans
from mailtide_common.runtime.web.health import Progress

from .dead_letter_box import DeadLetterBox
from .group_member import KAFKA_ERROR_PAUSE_SECONDS, GroupConsumer
from .offsets import OffsetTracker

BACKOFF = Backoff(first_seconds=0.1, cap_seconds=10.0)
"""Delays before a record is repeated. A rebalance does not wait for them."""

SLOT_WAIT_SECONDS = 1.0

MAX_TAKEN_PER_PARTITION = 1_000
"""Number of records read from a partition, but not committable, at which no more are fetched. It bounds the
memory, and the records that are handled again after a crash, while one key has a long queue."""

log = get_logger(__name__)

Work = tuple[OffsetTracker, Record]


class KeyedLoop(GroupConsumer):
    """Passes single records of a topic to a handler, concurrently for different keys."""

    def __init__(
        self,
        topic: Topic,
        group: str,
        handler: Callable[[Record], Awaitable[Parked | None]],
        box: DeadLetterBox,
        progress: Progress,
        *,
        max_in_flight: int,
        drain_seconds: float,
        spans: Spans = OFF,
    ) -> None:
        """Create the loop without I/O. `Consumers.keyed` describes most arguments.

        `group` is the whole group id. `drain_seconds` limits the wait for records in flight at a rebalance or
        a stop.
        """
        super().__init__(topic, group, box, progress, spans)
        self._handler = handler
        self._max_in_flight = max_in_flight
        self._drain_seconds = drain_seconds
        self._trackers: dict[TopicPartition, OffsetTracker] = {}
        self._queues: dict[bytes, deque[Work]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._taken = 0
        self._paused: set[TopicPartition] = set()
        self._changed = asyncio.Event()
        self._bug: Exception | None = None
        self._commit_at = 0.0

    async def run(self) -> None:
        """Consume until stopped.

        Raises:
            Exception: the handler raised a `ConfigurationError`, or has a bug. Its record is not committed.
        """
        while not self.stopping.is_set():
            free = self._max_in_flight - len(self._queues)
            if free > 0:
                self._hold_back()
                batches = await self.poll(free)
                for tp, batch in batches.items():
                    for raw in batch:
                        self._take(tp, to_record(raw))
            else:
                await self.stay()
                await self._change(SLOT_WAIT_SECONDS)
            if self._taken == 0:
                self.progress.finished()
            if time.monotonic() >= self._commit_at and not await self._commit_finished():
                self._commit_at = time.monotonic() + KAFKA_ERROR_PAUSE_SECONDS
            if self._bug is not None:
                raise self._bug

    async def stop(self) -> None:
        """Wait at most `drain_seconds` for records that are being handled, and commit finished records.

        Records that are in a delay, or not finished in time, are abandoned.
        """
        self.stopping.set()
        await self._drain(list(self._trackers))
        for task in self._tasks:
            task.cancel()

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Drop waiting records of revoked partitions, also those in a delay, and commit finished records.

        Before the commit, wait at most `drain_seconds` for all other records.
        """
        await self._drain(revoked)

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:  # noqa: ARG002
        """Forget which partitions are paused, and do as `forget`."""
        self._paused.clear()
        self.forget()

    def _hold_back(self) -> None:
        """Pause partitions with `MAX_TAKEN_PER_PARTITION` taken records. Resume them at half the number."""
        assigned = self.consumer.assignment()
        self._paused &= assigned
        for tp in assigned:
            taken = self._trackers[tp].in_flight if tp in self._trackers else 0
            if taken >= MAX_TAKEN_PER_PARTITION and tp not in self._paused:
                self._paused.add(tp)
                self.consumer.pause(tp)
            elif taken <= MAX_TAKEN_PER_PARTITION // 2 and tp in self._paused:
                self._paused.discard(tp)
                self.consumer.resume(tp)

    def _take(self, tp: TopicPartition, record: Record) -> None:
        tracker = self._trackers.setdefault(tp, OffsetTracker())
        tracker.start(record.offset)
        self._taken += 1
        key = partition_part(record.key or b"")
        queue = self._queues.get(key)
        if queue is not None:
            queue.append((tracker, record))
            return
        self._queues[key] = deque([(tracker, record)])
        task = asyncio.create_task(self._work_through(key), name=f"{self.name}/key")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work_through(self, key: bytes) -> None:
        queue = self._queues[key]
        try:
            while queue:
                tracker, record = queue.popleft()
                try:
                    if not tracker.revoked.is_set() and await self._settle(record, tracker):
                        tracker.finish(record.offset)
                        self.progress.finished()
                        metrics.KAFKA_CONSUMED_RECORDS.labels(self.topic, self.group).inc()
                finally:
                    self._taken -= 1
                    self._changed.set()
        except Exception as error:  # noqa: BLE001 - `run` raises it, which stops the process
            self._bug = error
        finally:
            del self._queues[key]
            self._changed.set()

    async def _settle(self, record: Record, tracker: OffsetTracker) -> bool:
        """Repeat a record until it is handled or parked, and return True.

        Return False if its partition is revoked or the loop is stopped before.
        """
        attempt = 0
        while not tracker.revoked.is_set():
            try:
                with self.spans.processing([record], self.group) as (traced,):
                    current_trace.set(traced.traceparent)
                    parked = await parked_by(self._one_by_one, [traced])
                    await self.box.settle([traced], parked)
            except (TransientError, TimeoutError) as error:
                wait = self.redo(error, attempt, 1, BACKOFF)
                attempt += 1
                if self.stopping.is_set():
                    return False
                await wait_for_event(tracker.revoked, wait)
            else:
                return True
        return False

    async def _one_by_one(self, records: Sequence[Record]) -> list[Parked]:
        handled = [await self._handler(record) for record in records]
        return [parked for parked in handled if parked is not None]

    async def _change(self, seconds: float) -> None:
        """Wait until a record is finished, at most `seconds`."""
        self._changed.clear()
        await wait_for_event(self._changed, seconds)

    async def _commit_finished(self) -> bool:
        """Commit finished offsets. If Kafka refuses them, return False, and keep them for the next commit."""
        taken = [(tp, tracker, tracker.take_commit()) for tp, tracker in self._trackers.items()]
        if await self.commit({tp: offset for tp, _, offset in taken if offset is not None}):
            return True
        for _, tracker, offset in taken:
            if offset is not None:
                tracker.put_back(offset)
        return False

    async def _drain(self, partitions: Sequence[TopicPartition]) -> None:
        trackers = [self._trackers[tp] for tp in partitions if tp in self._trackers]
        for tracker in trackers:
            tracker.revoked.set()
        for queue in list(self._queues.values()):
            self._drop_waiting(queue, trackers)
        try:
            async with asyncio.timeout(self._drain_seconds):
                while self._taken:
                    await self._change(SLOT_WAIT_SECONDS)
        except TimeoutError:
            log.warning("drain_abandoned", consumer=self.name, unfinished=self._taken)
        await self.last_commit(self._commit_finished())
        for tp in partitions:
            self._trackers.pop(tp, None)

    def _drop_waiting(self, queue: deque[Work], trackers: Sequence[OffsetTracker]) -> None:
        """Drop waiting records of `trackers`. The next owner of their partition reads them again."""
        kept = [work for work in queue if work[0] not in trackers]
        self._taken -= len(queue) - len(kept)
        queue.clear()
        queue.extend(kept)
