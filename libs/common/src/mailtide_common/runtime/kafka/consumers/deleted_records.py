"""Detects records that Kafka deleted after the topic's retention time, before a group had read them.

aiokafka 0.14 itself logs only a line of level INFO, and continues at the partition's start
(`auto_offset_reset`).
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import TopicPartition

from mailtide_common.contracts.topics import Cleanup, Topic
from mailtide_common.runtime import metrics
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.logs import get_logger

RECALL_SECONDS = 5.0

log = get_logger(__name__)


class DeletedRecords:
    """Compares fetched offsets with expected offsets. A gap means lost records (INV-11).

    A compacted topic is not compared, because its gaps are normal.
    """

    def __init__(self, topic: Topic, group: str) -> None:
        """Create the comparison without I/O."""
        self._group = group
        self._compacted = topic.cleanup is Cleanup.COMPACT
        self._expected: dict[TopicPartition, int | None] = {}
        self._counter = metrics.KAFKA_DELETED_UNREAD_RECORDS.labels(topic.name, group)

    def forget(self) -> None:
        """Make the next `recall` read the committed offsets. Call this after an assignment."""
        self._expected = {}  # a new object, because a `recall` that is waiting still writes to the old one

    async def recall(self, consumer: Any) -> None:
        """Read the committed offsets of assigned partitions, which are the offsets to expect.

        Only partitions without an expected offset are read.

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
        except TimeoutError as error:
            raise TransientError(
                f"kafka: reading the committed offsets of {self._group} took longer than {RECALL_SECONDS:g} s"
            ) from error

    def observe(self, batches: Mapping[TopicPartition, Sequence[Any]]) -> None:
        """Count and log the records that are missing before the fetched records.

        A batch is not compared if its partition had no committed offset, or was assigned after the last
        `recall`.
        """
        if self._compacted:
            return
        for tp, batch in batches.items():
            expected = self._expected.get(tp)
            missing = 0 if expected is None else batch[0].offset - expected
            if missing > 0:
                self._counter.inc(missing)
                log.error(
                    "unread_records_deleted", consumer=self._group, partition=tp.partition, records=missing
                )
            self._expected[tp] = batch[-1].offset + 1
