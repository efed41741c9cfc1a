"""Subscribes the persister to its topics."""

import time
from collections.abc import Sequence

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import Parked
from mailtide_common.contracts.topics import ACCOUNTS, DEAD_LETTERS, FOLDERS, MESSAGES, SYNC_EVENTS, Topic
from mailtide_common.runtime.kafka.consumers.consumer_groups import BatchHandler, Consumers

from . import metrics
from .apply.appliers import Appliers
from .apply.batch_result import Apply, BatchResult
from .limits import BATCH_RECORDS, WRITERS

GROUP = "persister"


def register(consumers: Consumers, appliers: Appliers) -> None:
    """Subscribe to every topic that is stored in a table."""
    for topic in (ACCOUNTS, FOLDERS, MESSAGES, SYNC_EVENTS, DEAD_LETTERS):
        workers = WRITERS if topic is MESSAGES else 1
        consumers.batch(
            topic,
            group=GROUP,
            handler=_handler(topic, appliers.of(topic)),
            max_records=BATCH_RECORDS // workers,
            workers=workers,
        )


def _handler(topic: Topic, apply: Apply) -> BatchHandler:
    async def handle(records: Sequence[Record]) -> Sequence[Parked]:
        applied = await apply(records)
        _count(topic, records, applied)
        return applied.parked

    return handle


def _count(topic: Topic, records: Sequence[Record], applied: BatchResult) -> None:
    parked = len(applied.parked)
    metrics.RECORDS.labels(topic.name, "changed").inc(applied.changed)
    metrics.RECORDS.labels(topic.name, "unchanged").inc(applied.records - applied.changed - parked)
    metrics.RECORDS.labels(topic.name, "parked").inc(parked)
    oldest = min(record.timestamp_ms for record in records)
    metrics.DELAY_SECONDS.labels(topic.name).observe(max(0.0, time.time() - oldest / 1_000))
