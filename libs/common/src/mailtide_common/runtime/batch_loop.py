"""One batch at a time: handle, dead-letter, commit; or rewind and do it again."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import Parked

from . import metrics
from .errors import TransientError
from .group_member import GroupMember
from .health import Progress
from .logs import get_logger
from .publisher import Publisher
from .reader import to_record

BACK_OFF_CAP_SECONDS = 1.0
"""Short, because the batch in flight holds up a rebalance."""

log = get_logger(__name__)


class BatchLoop(GroupMember):
    """Runs a handler over batches."""

    def __init__(
        self,
        topic: str,
        group: str,
        handler: Callable[[Sequence[Record]], Awaitable[Sequence[Parked]]],
        publisher: Publisher,
        progress: Progress,
        *,
        max_records: int,
        deadline_seconds: float,
        drain_seconds: float,
    ) -> None:
        """See `Consumers.batch`."""
        super().__init__(topic, group, publisher, progress)
        self._handler = handler
        self._max_records = max_records
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
            batches = await self.poll(self._max_records)
            if not batches:
                self.progress.finished()
                continue
            self._idle.clear()
            try:
                await self._handle(batches)
            finally:
                self._idle.set()

    async def stop(self) -> None:
        """Take no further batch, and wait for the one in flight."""
        self.stopping.set()
        await self._drained()

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:  # noqa: ARG002
        """A rebalance waits for the batch in flight, so that its commit passes."""
        await self._drained()

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Nothing to prepare."""

    async def _drained(self) -> None:
        try:
            await asyncio.wait_for(self._idle.wait(), self._drain_seconds)
        except TimeoutError:
            log.warning("drain_timed_out", consumer=self.name)

    async def _handle(self, batches: dict[TopicPartition, list[Any]]) -> None:
        started = time.monotonic()
        records = [to_record(raw) for batch in batches.values() for raw in batch]
        try:
            async with asyncio.timeout(self._deadline_seconds):
                parked = await self._handler(records)
                if parked:
                    await self.dead_letter(parked)
        except (TransientError, TimeoutError) as error:
            wait = self.redo(error, self._attempt, len(records), BACK_OFF_CAP_SECONDS)
            self._attempt += 1
            self._rewind(batches)
            await self.pause(wait)
            return
        self._attempt = 0
        await self.commit({tp: batch[-1].offset + 1 for tp, batch in batches.items()})
        self.progress.finished()
        metrics.CONSUMED.labels(self.topic, self.group).inc(len(records))
        metrics.HANDLE_SECONDS.labels(self.topic, self.group).observe(time.monotonic() - started)

    def _rewind(self, batches: dict[TopicPartition, list[Any]]) -> None:
        for tp, batch in batches.items():
            try:
                self.consumer.seek(tp, batch[0].offset)
            except IllegalStateError:
                log.info("partition_moved", consumer=self.name, partition=tp.partition)
