"""Consumes batches: handles a batch, parks bad records and commits; after a transient error, rewinds (INV-2).

Several workers may handle batches concurrently, each from a separate share of the partitions, which keeps the order
within a partition. They are needed because aiokafka's `getmany` empties the buffer of one partition before the next:
in a backlog, a single loop would pass one partition at a time to its handler. The offsets of finished batches are
committed together, by a separate task.

A record that can never be handled is isolated and parked (`kafka/isolate_record.py`).
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
"""Delays before a batch is repeated; short, because a rebalance waits for batches in flight."""

MAX_BATCH_BYTES = 16 * 1024 * 1024
"""Most bytes of a batch, which bounds memory and the duration of a call; a larger record forms a separate batch."""

COMMIT_INTERVAL_SECONDS = 0.1
"""Pause between commits. Batches finished since the last commit are repeated after a crash."""

Batches = dict[TopicPartition, list[Any]]

log = get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Worker:
    """The state of a worker between batches.

    Attributes:
        number: its index among the workers.
        limit: most records of its next batch, fewer after a batch that took too long.
        attempt: number of failed attempts at its next batch.
        finished_at: when it last finished a batch or found none, in seconds of the monotonic clock.
    """

    number: int
    limit: int
    attempt: int = 0
    finished_at: float = field(default_factory=time.monotonic)


class BatchLoop(GroupConsumer):
    """Runs a handler over batches of records."""

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
        """See `Consumers.batch`; `drain_seconds` limits the wait for batches in flight at a rebalance or stop."""
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
        self._finished: dict[TopicPartition, int] = {}
        self._committable = asyncio.Event()
        self._committing = asyncio.Lock()

    async def run(self) -> None:
        """Consume until stopped.

        Raises:
            Exception: a handler raised a `ConfigurationError`, or has a bug; nothing of its batch is committed.
        """
        try:
            await asyncio.gather(self._commit_regularly(), *map(self._work, self._workers))
        except Exception:
            self.stopping.set()
            raise

    async def stop(self) -> None:
        """Take no further batch, wait up to `drain_seconds` for those in flight, and commit the finished ones."""
        self.stopping.set()
        await self._drain()
        self._committable.set()

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:  # noqa: ARG002
        """Wait up to `drain_seconds` for the batches in flight, and commit the finished ones before the rebalance."""
        await self._drain()

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:  # noqa: ARG002
        """Discard uncommitted offsets and a halt; the next poll reads the committed offsets and dead-letter counts."""
        self.forget()
        self._finished.clear()
        self._halted = None

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
                self._rewind([batches])  # a rebalance came first: these may be another worker's now
                continue
            if not batches:
                self._progressed(worker)
                self._halted = None if self._halted is worker else self._halted
                continue
            self._busy.add(worker)
            self._idle.clear()
            try:
                await self._handle_all(worker, batches)
            finally:
                self._busy.discard(worker)
                if not self._busy:
                    self._idle.set()

    def _share(self, worker: _Worker) -> set[TopicPartition]:
        """Return the partitions of a worker, by their rank: an assignor may assign only every second number."""
        assigned = sorted(self.consumer.assignment())
        return set(assigned[worker.number :: len(self._workers)])

    async def _handle_all(self, worker: _Worker, batches: Batches) -> None:
        """Handle the result of a poll in parts; if one must be repeated, so are all after it."""
        parts = list(by_bytes(batches, MAX_BATCH_BYTES))
        for number, part in enumerate(parts):
            wait = await self._handle(worker, part)
            if wait is not None:
                self._rewind(parts[number:])
                await self.pause(wait)
                return

    async def _handle(self, worker: _Worker, batches: Batches) -> float | None:
        """Handle records and note them as finished; otherwise return the seconds to wait before they are repeated."""
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
                self._progressed(worker)  # a restart would not help, so liveness must not fail
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
        """Publish dead letters. While one worker would park too many records, those of the others wait, too.

        Raises:
            TransientError: nothing may be committed.
        """
        async with self._settling:
            if self._halted not in (None, worker):
                raise LimitReachedError(f"{self.group} is halted: another batch would park too many records")
            try:
                await self.box.settle(records, parked)
            except LimitReachedError:
                self._halted = worker
                raise
            self._halted = None

    def _progressed(self, worker: _Worker) -> None:
        """Report progress: that of the worker that has made none for longest."""
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
        """Commit finished offsets; after a refusal, they are committed with later ones."""
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
    """Split the result of a poll into parts with at most `most` bytes of values, keeping each partition's order.

    A larger record forms a separate part.
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
