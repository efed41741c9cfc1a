"""Consumes one batch at a time: handles it, parks bad records and commits, or rewinds and tries a smaller batch.

A record that can never be handled is singled out and parked (`isolate.py`).

INV-2.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import Parked
from mailtide_common.runtime import metrics
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.isolate import parked_by
from mailtide_common.runtime.kafka.reader import to_record
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.web.health import Progress

from .dead_letter_box import DeadLetterBox
from .group_member import GroupConsumer

BACK_OFF_CAP_SECONDS = 1.0
"""Longest back-off; short, because a rebalance waits for the batch in flight."""

MAX_BATCH_BYTES = 16 * 1024 * 1024
"""Bounds memory and the duration of a handler call; a larger record is a batch of its own."""

Batches = dict[TopicPartition, list[Any]]

log = get_logger(__name__)


class BatchLoop(GroupConsumer):
    """Runs a handler over batches of records."""

    def __init__(
        self,
        topic: str,
        group: str,
        handler: Callable[[Sequence[Record]], Awaitable[Sequence[Parked]]],
        box: DeadLetterBox,
        progress: Progress,
        *,
        max_records: int,
        deadline_seconds: float,
        drain_seconds: float,
    ) -> None:
        """See `Consumers.batch`."""
        super().__init__(topic, group, box, progress)
        self._handler = handler
        self._max_records = max_records
        self._limit = max_records
        self._deadline_seconds = deadline_seconds
        self._drain_seconds = drain_seconds
        self._idle = asyncio.Event()
        self._idle.set()
        self._attempt = 0

    async def run(self) -> None:
        """Consume until stopped.

        Raises:
            Exception: a handler has a bug; nothing of its batch is committed.
        """
        while not self.stopping.is_set():
            batches = await self.poll(self._limit)
            if not batches:
                self.progress.finished()
                continue
            self._idle.clear()
            try:
                await self._handle_all(batches)
            finally:
                self._idle.set()

    async def stop(self) -> None:
        """Take no further batch, and wait for the one in flight."""
        self.stopping.set()
        await self._drained()

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:  # noqa: ARG002
        """Finish the batch in flight before the rebalance, so that its commit succeeds."""
        await self._drained()

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:  # noqa: ARG002
        """Continue with the dead-letter counts that the previous owner committed."""
        self.box.forget()

    async def _drained(self) -> None:
        try:
            await asyncio.wait_for(self._idle.wait(), self._drain_seconds)
        except TimeoutError:
            log.warning("drain_abandoned", consumer=self.name)

    async def _handle_all(self, batches: Batches) -> None:
        """Handle a poll in parts of bounded size; if a part must be repeated, repeat all parts from there on."""
        parts = list(by_bytes(batches, MAX_BATCH_BYTES))
        for number, part in enumerate(parts):
            wait = await self._handle(part)
            if wait is not None:
                self._rewind(parts[number:])
                await self.pause(wait)
                return

    async def _handle(self, batches: Batches) -> float | None:
        """Handle records and commit them; otherwise return the seconds to wait before they are repeated."""
        started = time.monotonic()
        records = [to_record(raw) for batch in batches.values() for raw in batch]
        try:
            async with asyncio.timeout(self._deadline_seconds):
                parked = await parked_by(self._handler, records)
                await self.box.settle(records, parked)
        except (TransientError, TimeoutError) as error:
            wait = self.redo(error, self._attempt, len(records), BACK_OFF_CAP_SECONDS)
            self._attempt += 1
            if isinstance(error, TimeoutError):
                self._limit = max(1, min(self._limit, len(records)) // 2)
            return wait
        self._attempt = 0
        self._limit = min(self._max_records, self._limit * 2)
        await self.commit({tp: batch[-1].offset + 1 for tp, batch in batches.items()})
        self.progress.finished()
        metrics.KAFKA_CONSUMED_RECORDS.labels(self.topic, self.group).inc(len(records))
        metrics.KAFKA_BATCH_DURATION_SECONDS.labels(self.topic, self.group).observe(
            time.monotonic() - started
        )
        return None

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
    """Split the result of a poll into parts of bounded size, keeping each partition's order."""
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
