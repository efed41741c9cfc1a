"""Detects records that Kafka deleted before their group read them, because the topic's retention time was over.

aiokafka 0.14 then continues at the partition's start, as `auto_offset_reset` demands, and logs it at the level INFO.
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
    """Compares offsets with the expected ones. A gap is a loss, except on compacted topics (INV-11)."""

    def __init__(self, topic: Topic, group: str) -> None:
        """Create the comparison, without I/O."""
        self._group = group
        self._compacted = topic.cleanup is Cleanup.COMPACT
        self._expected: dict[TopicPartition, int | None] = {}
        self._counter = metrics.KAFKA_DELETED_UNREAD_RECORDS.labels(topic.name, group)

    def forget(self) -> None:
        """Make the next `recall` read the committed offsets; call it after an assignment."""
        self._expected = {}  # a `recall` that is waiting writes to the old one

    async def recall(self, consumer: Any) -> None:
        """Expect the committed offsets of assigned partitions of which nothing was observed since the assignment.

        They are read once; after an error, the next call reads those that are still missing.

        Raises:
            TransientError: they could not be read in time; aiokafka 0.14 repeats the request without a limit.
            KafkaError: they could not be read.
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
        """Count and log the records that are missing before the fetched ones.

        The first batch after an assignment is not compared if it was fetched before the next `recall`.
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
