"""Parks records that cannot be handled. If too many records would be parked, the consumer is halted."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiokafka import TopicPartition

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import Parked, encode_dead_letter, without_bytes
from mailtide_common.contracts.events import AlertKind, IncidentSeen
from mailtide_common.contracts.topics import DEAD_LETTERS
from mailtide_common.runtime import metrics
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.errors import PermanentError, TransientError
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.logs import get_logger

from .dead_letter_limit import DeadLetterLimit, LimitReachedError

HALT_SECONDS = 15.0
"""Pause before a halted consumer handles records again. It must be below `max_poll_interval_ms`."""

CommittedNotes = Callable[[], Awaitable[Mapping[TopicPartition, str]]]
"""Returns the metadata of a group's committed offsets, by partition. Raises `TransientError`."""

log = get_logger(__name__)


class DeadLetterBox:
    """Publishes the dead letters of one consumer within its limit, and reports when it is halted."""

    def __init__(
        self, topic: str, group: str, publisher: Publisher, limit: DeadLetterLimit, notes: CommittedNotes
    ) -> None:
        """Create the box, without I/O.

        Args:
            topic: the consumed topic.
            group: the consumer group.
            publisher: sends dead letters, and incidents for the scheduler.
            limit: limits the number of parked records.
            notes: reads the metadata of the group's committed offsets.
        """
        self.halted = False
        self._topic = topic
        self._group = group
        self._publisher = publisher
        self._limit = limit
        self._notes = notes
        self._assignment = 1
        self._recalled = 0
        self._end_reported = True
        metrics.KAFKA_CONSUMER_HALTED.labels(topic, group).set(0)

    @property
    def note(self) -> str:
        """The limit's counts, as metadata to commit with each offset."""
        return self._limit.note

    def forget(self) -> None:
        """Make the next `recall` read the committed counts. Call this after an assignment."""
        self._assignment += 1

    async def recall(self) -> None:
        """Merge the committed counts into the present counts, once at the start and after each `forget`.

        If there are any, an earlier member may have been halted. The next `settle` reports the end of that.

        Raises:
            TransientError: the counts could not be read. No record may be handled before a call succeeds.
        """
        while self._recalled < self._assignment:  # a `forget` may come while the counts are read
            assignment = self._assignment
            notes = await self._notes()
            self._recalled = assignment
            if self._limit.recall(note for tp, note in notes.items() if tp.topic == self._topic):
                self._end_reported = False  # an earlier member may have been halted

    async def settle(self, records: Sequence[Record], parked: Sequence[Parked]) -> None:
        """Publish dead letters, and count the records. Afterwards, `records` may be committed (INV-3).

        A halt is reported as an incident. Its end is reported when records are settled again.

        Args:
            records: all records of the batch, in order.
            parked: the dead letters of those `records` that cannot be processed.

        Raises:
            LimitReachedError: the limit would be exceeded. The consumer is halted, and `records` may not be
                committed.
            TransientError: Kafka did not acknowledge the dead letters. `records` must not be committed.
        """
        causes = {letter.record.place: letter.error_class for letter in parked}
        outcomes = [causes.get(record.place) for record in records]
        try:
            self._limit.judge(outcomes)
        except LimitReachedError as limit:
            await self._halt(str(limit))
            raise
        if parked:
            await self._put_aside(parked)
        self._limit.count(outcomes)
        if not self._end_reported:
            await self._go_on()

    async def _halt(self, reason: str) -> None:
        if not self.halted:
            log.critical("consumer_halted", consumer=self._group, reason=reason)
        self.halted, self._end_reported = True, False
        metrics.KAFKA_CONSUMER_HALTED.labels(self._topic, self._group).set(1)
        await self._report(self._incident(reason))

    async def _go_on(self) -> None:
        if self.halted:
            log.warning("consumer_resumed", consumer=self._group)
        self.halted = False
        metrics.KAFKA_CONSUMER_HALTED.labels(self._topic, self._group).set(0)
        self._end_reported = await self._report(self._incident(None))

    def _incident(self, reason: str | None) -> IncidentSeen:
        return IncidentSeen(
            kind=AlertKind.CONSUMER_HALTED,
            subject=self._group,
            lasts=reason is not None,
            reason=reason or "",
            at=now_us(),
        )

    async def _report(self, event: IncidentSeen) -> bool:
        """Publish an incident or its end for the scheduler. Return whether Kafka acknowledged it."""
        try:
            await self._publisher.publish(event)
        except TransientError as error:
            log.warning("halt_report_failed", consumer=self._group, reason=str(error))
            return False
        return True

    async def _put_aside(self, parked: Sequence[Parked]) -> None:
        try:
            await self._send_letters(parked)
        except PermanentError:
            for letter in parked:
                await self._send_fitting(letter)
        for letter in parked:
            metrics.KAFKA_DEAD_LETTERED_RECORDS.labels(self._topic, self._group, letter.error_class).inc()
            log.error(
                "record_parked",
                consumer=self._group,
                partition=letter.record.partition,
                offset=letter.record.offset,
                error=letter.error_class,
                reason=letter.message,
            )

    async def _send_letters(self, parked: Sequence[Parked]) -> None:
        await self._publisher.send_all(
            [(DEAD_LETTERS, encode_dead_letter(letter, group=self._group)) for letter in parked]
        )

    async def _send_fitting(self, letter: Parked) -> None:
        """Send a dead letter. If it is too large, send it without the record's key, value and headers."""
        try:
            await self._send_letters([letter])
        except PermanentError:
            await self._send_letters([without_bytes(letter)])
