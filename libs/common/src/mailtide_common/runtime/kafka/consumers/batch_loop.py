"""Passes batches of records to a handler, parks bad records, and commits offsets (INV-2).

After a transient error, a batch is read and handled again. A record that can never be handled is isolated and
parked (`kafka/isolate_record.py`). A separate task commits the offsets of finished batches.

Several workers may handle batches concurrently. Each worker has its own share of the partitions, so that
records of one partition stay in order. With a single worker and a backlog, a batch would contain records of
only one partition, because aiokafka's `getmany` empties the buffer of one partition before the next.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import Parked
from mailtide_common.contracts.topics import Topic
from mailtide_common.runtime import metrics
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.isolate_record import parked_by
from mailtide_common.runtime.kafka.reader import to_record
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.retry import Backoff, wait_for_event
from mailtide_common.runtime.traces.spans import OFF, Spans
from mailtide_common.runtime.web.health import Progress

from .dead_letter_box import DeadLetterBox
from .dead_letter_limit import LimitReachedError
from .group_member import KAFKA_ERROR_PAUSE_SECONDS, POLL_MS, GroupConsumer

BACKOFF = Backoff(first_seconds=0.1, cap_seconds=1.0)
"""Delays before a batch is repeated. A rebalance does not wait for them."""

MAX_BATCH_BYTES = 16 * 1024 * 1024
"""Maximum number of bytes of a call of the handler. A larger record is handled alone."""

COMMIT_INTERVAL_SECONDS = 0.1
"""Pause between commits. After a crash, the batches that were finished since the last commit are handled
again."""

Batches = dict[TopicPartition, list[Any]]

log = get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Worker:
    """The state of a worker between batches.

    Attributes:
        number: the worker's index.
        limit: maximum number of records of the next batch. It is lower after a batch that took too long.
        attempt: number of failed attempts at the next batch.
        finished_at: when the worker last made progress, in seconds of the monotonic clock.
    """

    number: int
    limit: int
    attempt: int = 0
    finished_at: float = field(default_factory=time.monotonic)


class BatchLoop(GroupConsumer):
    """Passes batches of a topic's records to a handler."""

    def __init__(
        self,
        topic: Topic,
        group: str,
        handler: Callable[[Sequence[Record]], Awaitable[Sequence[Parked]]],
        box: DeadLetterBox,
        progress: Progress,
        *,
        max_records: int,
        deadline_seconds: float,
        drain_seconds: float,
        workers: int = 1,
        spans: Spans = OFF,
    ) -> None:
        """Create the loop without I/O. `Consumers.batch` describes most arguments.

        `group` is the whole group id. `drain_seconds` limits the wait for batches in flight at a rebalance or
        a stop.
        """
        super().__init__(topic, group, box, progress, spans)
        self._handler = handler
        self._max_records = max_records
        self._deadline_seconds = deadline_seconds
        self._drain_seconds = drain_seconds
        self._workers = [_Worker(number, max_records) for number in range(workers)]
        self._busy: set[_Worker] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._settling = asyncio.Lock()
        self._halted: _Worker | None = None
        self._changed = asyncio.Event()
        """Set at the next assignment or stop, which ends the delays before retries."""
        self._finished: dict[TopicPartition, int] = {}
        self._committable = asyncio.Event()
        self._committing = asyncio.Lock()

    async def run(self) -> None:
        """Consume until stopped.

        Raises:
            Exception: the handler raised a `ConfigurationError`, or has a bug. Its batch is not committed.
        """
        try:
            await asyncio.gather(self._commit_regularly(), *map(self._work, self._workers))
        except Exception:
            self.stopping.set()
            raise

    async def stop(self) -> None:
        """Stop fetching, wait at most `drain_seconds` for batches in flight, and commit finished batches."""
        self.stopping.set()
        self._changed.set()
        await self._drain()
        self._committable.set()

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:  # noqa: ARG002
        """Wait at most `drain_seconds` for batches in flight, and commit finished batches."""
        await self._drain()

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:  # noqa: ARG002
        """Do as `forget`, discard uncommitted offsets, and let all workers go on after a halt."""
        self.forget()
        self._finished.clear()
        self._halted = None
        self._changed.set()
        self._changed = asyncio.Event()

    async def _drain(self) -> None:
        if not await wait_for_event(self._idle, self._drain_seconds):
            log.warning("drain_abandoned", consumer=self.name)
        await self.last_commit(self._commit_finished())

    async def _work(self, worker: _Worker) -> None:
        while not self.stopping.is_set():
            share = self._share(worker)
            if not share or self._halted not in (None, worker):
                self._progressed(worker)
                await self.pause(POLL_MS / 1000)
                continue
            batches = await self.poll(worker.limit, *share)
            if self.stopping.is_set():
                return
            if not batches.keys() <= self._share(worker):
                self._rewind([batches])  # after a rebalance, another worker may have these partitions
                continue
            if not batches:
                self._progressed(worker)
                self._halted = None if self._halted is worker else self._halted
                continue
            self._busy.add(worker)
            self._idle.clear()
            try:
                wait = await self._handle_all(worker, batches)
            finally:
                self._busy.discard(worker)
                if not self._busy:
                    self._idle.set()
            if wait is not None:
                await wait_for_event(self._changed, wait)

    def _share(self, worker: _Worker) -> set[TopicPartition]:
        """Return the partitions of a worker.

        Partitions are shared by their rank, because their numbers may have gaps: an assignor may assign only
        even ones.
        """
        assigned = sorted(self.consumer.assignment())
        return set(assigned[worker.number :: len(self._workers)])

    async def _handle_all(self, worker: _Worker, batches: Batches) -> float | None:
        """Handle the result of a poll in parts. If one must be repeated, the next poll fetches it and later parts.

        Return None if all are finished, else the seconds to wait before the next poll.
        """
        parts = list(by_bytes(batches, MAX_BATCH_BYTES))
        for number, part in enumerate(parts):
            wait = await self._handle(worker, part)
            if wait is not None:
                self._rewind(parts[number:])
                return wait
        return None

    async def _handle(self, worker: _Worker, batches: Batches) -> float | None:
        """Handle records, and park bad ones. The next commit includes them.

        Return None if they are finished, else the seconds to wait before they are handled again.
        """
        started = time.monotonic()
        records = [to_record(raw) for batch in batches.values() for raw in batch]
        try:
            async with asyncio.timeout(self._deadline_seconds):
                with self.spans.processing(records, self.group) as traced:
                    parked = await parked_by(self._handler, traced)
                    await self._settle(worker, traced, parked)
        except (TransientError, TimeoutError) as error:
            wait = self.redo(error, worker.attempt, len(records), BACKOFF)
            worker.attempt += 1
            if isinstance(error, TransientError):
                self._progressed(worker)  # liveness must not fail, because a restart would not help
            if isinstance(error, TimeoutError):
                worker.limit = max(1, min(worker.limit, len(records)) // 2)
            return wait
        worker.attempt = 0
        worker.limit = min(self._max_records, worker.limit * 2)
        self._finish({tp: batch[-1].offset + 1 for tp, batch in batches.items()})
        self._progressed(worker)
        metrics.KAFKA_CONSUMED_RECORDS.labels(self.topic, self.group).inc(len(records))
        metrics.KAFKA_BATCH_DURATION_SECONDS.labels(self.topic, self.group).observe(
            time.monotonic() - started
        )
        return None

    async def _settle(self, worker: _Worker, records: Sequence[Record], parked: Sequence[Parked]) -> None:
        """Publish dead letters and count the records, as `DeadLetterBox.settle`.

        While one worker is halted, all batches of other workers are refused.

        Raises:
            TransientError: the batch must not be committed, and must be handled again.
        """
        async with self._settling:
            if self._halted not in (None, worker):
                raise LimitReachedError(
                    f"{self.group} is halted by another batch, which would park too many records"
                )
            try:
                await self.box.settle(records, parked)
            except LimitReachedError:
                self._halted = worker
                raise
            self._halted = None

    def _progressed(self, worker: _Worker) -> None:
        """Record progress of a worker. Report the oldest progress of all workers."""
        worker.finished_at = time.monotonic()
        self.progress.finished_at = min(each.finished_at for each in self._workers)

    def _finish(self, offsets: Mapping[TopicPartition, int]) -> None:
        for tp, offset in offsets.items():
            self._finished[tp] = max(offset, self._finished.get(tp, 0))
        self._committable.set()

    async def _commit_regularly(self) -> None:
        while not self.stopping.is_set():
            await self._committable.wait()
            self._committable.clear()
            await self.pause(COMMIT_INTERVAL_SECONDS)
            if not await self._commit_finished():
                await self.pause(KAFKA_ERROR_PAUSE_SECONDS)
                self._committable.set()

    async def _commit_finished(self) -> bool:
        """Commit finished offsets. If Kafka refuses them, return False, and keep them for the next commit."""
        async with self._committing:
            offsets, self._finished = self._finished, {}
            if await self.commit(offsets):
                return True
            self._finished = {**offsets, **self._finished}
            return False

    def _rewind(self, parts: Sequence[Batches]) -> None:
        first: dict[TopicPartition, int] = {}
        for part in parts:
            for tp, batch in part.items():
                first.setdefault(tp, batch[0].offset)
        for tp, offset in first.items():
            try:
                self.consumer.seek(tp, offset)
            except IllegalStateError:
                log.info("partition_moved", consumer=self.name, partition=tp.partition)


def by_bytes(batches: Batches, most: int) -> Iterator[Batches]:
    """Split the result of a poll into parts, in order.

    The values of a part have at most `most` bytes together. A larger record is a part by itself.
    """
    part: Batches = {}
    size = 0
    for tp, batch in batches.items():
        for raw in batch:
            bytes_ = len(raw.value or b"")
            if part and size + bytes_ > most:
                yield part
                part, size = {}, 0
            part.setdefault(tp, []).append(raw)
            size += bytes_
    if part:
        yield part
