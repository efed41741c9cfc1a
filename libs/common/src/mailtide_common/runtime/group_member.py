"""What both consume loops share: fetching, dead-lettering, committing, and watching the lag."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import ConsumerStoppedError, IllegalStateError, KafkaError

from mailtide_common.contracts.dead_letters import Parked, encode_dead_letter, without_bytes
from mailtide_common.contracts.topics import DEAD_LETTERS

from . import metrics
from .errors import PermanentError
from .health import Progress
from .logs import get_logger
from .publisher import Publisher

POLL_MS = 200
"""How long a poll waits for records; bounds how long a stop waits for the loop."""

KAFKA_ERROR_PAUSE_SECONDS = 1.0
LAG_INTERVAL_SECONDS = 1.0
BACK_OFF_FIRST_SECONDS = 0.1

log = get_logger(__name__)


class GroupMember(ConsumerRebalanceListener):  # type: ignore[misc]
    """One consumer of one topic in one group."""

    def __init__(self, topic: str, group: str, publisher: Publisher, progress: Progress) -> None:
        """The consumer is bound when it has started."""
        self.name = group
        self.topic = topic
        self.group = group
        self.publisher = publisher
        self.progress = progress
        self.stopping = asyncio.Event()
        self.consumer: Any = None
        self._lag_at = 0.0

    def bind(self, consumer: Any) -> None:
        """Take the started consumer."""
        self.consumer = consumer

    async def poll(self, max_records: int) -> dict[TopicPartition, list[Any]]:
        """Fetch what is there, waiting a moment for something to come."""
        try:
            batches: dict[TopicPartition, list[Any]] = await self.consumer.getmany(
                timeout_ms=POLL_MS, max_records=max_records
            )
            await self._observe_lag()
        except ConsumerStoppedError:
            self.stopping.set()
            return {}
        except (KafkaError, IllegalStateError) as error:
            log.warning("kafka_error", consumer=self.name, error=type(error).__name__)
            await self.pause(KAFKA_ERROR_PAUSE_SECONDS)
            return {}
        return batches

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than until the stop."""
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        """Commit what is still ours; a refusal means that the work is redone elsewhere."""
        if not offsets:
            return
        assigned = self.consumer.assignment()
        ours = {tp: offset for tp, offset in offsets.items() if tp in assigned}
        if not ours:
            return
        try:
            await self.consumer.commit(ours)
        except (KafkaError, IllegalStateError) as error:
            metrics.COMMIT_FAILURES.labels(self.group).inc()
            log.warning("commit_refused", consumer=self.name, error=type(error).__name__)

    async def dead_letter(self, parked: Sequence[Parked]) -> None:
        """Put records aside; returns when the broker has them.

        Raises:
            TransientError: not acknowledged; then nothing may be committed.
        """
        try:
            await self._send_letters(parked)
        except PermanentError:
            for letter in parked:
                await self._send_fitting(letter)
        for letter in parked:
            metrics.DEAD_LETTERED.labels(self.topic, self.group, letter.error_class).inc()
            log.error(
                "dead_lettered",
                consumer=self.name,
                partition=letter.record.partition,
                offset=letter.record.offset,
                error=letter.error_class,
                reason=letter.message,
            )

    async def _send_letters(self, parked: Sequence[Parked]) -> None:
        await self.publisher.send_all(
            [(DEAD_LETTERS, encode_dead_letter(letter, group=self.group)) for letter in parked]
        )

    async def _send_fitting(self, letter: Parked) -> None:
        """One that the note in its headers makes too large goes without its bytes: they are in its topic."""
        try:
            await self._send_letters([letter])
        except PermanentError:
            await self._send_letters([without_bytes(letter)])

    def redo(self, error: BaseException, attempt: int, records: int, cap_seconds: float) -> float:
        """Count work that must be done again, and say how many seconds to wait before."""
        metrics.REDONE.labels(self.topic, self.group, type(error).__name__).inc(records)
        log.warning(
            "redo", consumer=self.name, error=type(error).__name__, reason=str(error), attempt=attempt
        )
        ceiling: float = min(cap_seconds, BACK_OFF_FIRST_SECONDS * 2 ** min(attempt, 10))
        return ceiling * (0.5 + random.random() / 2)  # noqa: S311 - jitter

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
        metrics.LAG.labels(self.topic, self.group).set(lag)
