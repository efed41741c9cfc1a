"""Detects records that Kafka deleted after the topic's retention time, before a group had read them.

aiokafka 0.14 itself logs only a line of level INFO, and continues at the partition's start
(`auto_offset_reset`).

A gap between offsets is no proof of a loss: the marker at the end of each transaction has an offset, and
consumers never get it (seen on Kafka 4.3.1). Programs other than Mailtide may write in transactions, such as
MirrorMaker with `exactly.once.source.support`. So the partition's start decides.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from aiokafka import TopicPartition

from mailtide_common.contracts.topics import Cleanup, Topic
from mailtide_common.runtime import metrics
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.logs import get_logger

RECALL_SECONDS = 5.0

log = get_logger(__name__)


class _Gap(NamedTuple):
    """Offsets that were not fetched: from `expected` to the one before `fetched`."""

    partition: TopicPartition
    expected: int
    fetched: int


class DeletedRecords:
    """Compares fetched offsets with expected offsets (INV-11).

    Records of a gap before the partition's start are lost. A compacted topic is not compared, because its gaps
    are normal.
    """

    def __init__(self, topic: Topic, group: str) -> None:
        """Create the comparison without I/O."""
        self._group = group
        self._compacted = topic.cleanup is Cleanup.COMPACT
        self._expected: dict[TopicPartition, int | None] = {}
        self._gaps: list[_Gap] = []
        self._counter = metrics.KAFKA_DELETED_UNREAD_RECORDS.labels(topic.name, group)

    def forget(self) -> None:
        """Make the next `recall` read the committed offsets. Call this after an assignment."""
        self._expected = {}  # a new object, because a `recall` that is waiting still writes to the old one

    async def recall(self, consumer: Any) -> None:
        """Read the committed offsets of assigned partitions, which are the offsets to expect.

        Only partitions without an expected offset are read. Then count the records that were lost in the
        observed gaps.

        Raises:
            TransientError: the offsets could not be read within `RECALL_SECONDS`. aiokafka 0.14 would repeat
                the request without a limit.
            KafkaError: the offsets could not be read.
        """
        if self._compacted:
            return
        expected = self._expected
        try:
            async with asyncio.timeout(RECALL_SECONDS):
                for tp in consumer.assignment() - expected.keys():
                    committed = await consumer.committed(tp)
                    expected.setdefault(tp, committed)  # another worker may have observed records meanwhile
                await self.count_lost(consumer)
        except TimeoutError as error:
            raise TransientError(
                f"kafka: reading the offsets of {self._group} took longer than {RECALL_SECONDS:g} s"
            ) from error

    def observe(self, batches: Mapping[TopicPartition, Sequence[Any]]) -> None:
        """Note the gaps before the fetched records. `count_lost` counts the records that were lost in them.

        A batch is not compared if its partition had no committed offset, or was assigned after the last
        `recall`.
        """
        if self._compacted:
            return
        for tp, batch in batches.items():
            expected = self._expected.get(tp)
            if expected is not None and batch[0].offset > expected:
                self._gaps.append(_Gap(tp, expected, batch[0].offset))
            self._expected[tp] = batch[-1].offset + 1

    async def count_lost(self, consumer: Any) -> None:
        """Count and log the records that were lost in the gaps observed since the last call.

        Raises:
            KafkaError: the partitions' starts could not be read.
        """
        if not self._gaps:
            return
        starts = await consumer.beginning_offsets({gap.partition for gap in self._gaps})
        gaps, self._gaps = self._gaps, []
        for gap in gaps:
            if gap.partition not in starts:  # observed by another worker meanwhile
                self._gaps.append(gap)
                continue
            lost = min(gap.fetched, starts[gap.partition]) - gap.expected
            if lost > 0:
                self._counter.inc(lost)
                log.error(
                    "unread_records_deleted",
                    consumer=self._group,
                    partition=gap.partition.partition,
                    records=lost,
                )
