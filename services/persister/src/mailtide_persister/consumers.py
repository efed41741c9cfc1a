"""Subscribes the persister to its topics."""

import time
from collections.abc import Callable, Sequence

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import Parked
from mailtide_common.contracts.times import MICROSECONDS, UnixMicros
from mailtide_common.contracts.topics import ACCOUNTS, DEAD_LETTERS, FOLDERS, MESSAGES, SYNC_EVENTS, Topic
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.consumers.consumer_groups import BatchHandler, Consumers

from . import metrics
from .apply.appliers import Appliers
from .apply.batch_result import Apply, BatchResult
from .limits import BATCH_RECORDS, WRITERS

GROUP = "persister"

ObserveWebhooks = Callable[[Sequence[float]], None]
"""Called with the seconds from receipt to commit of each webhook in a batch."""


def register(
    consumers: Consumers,
    appliers: Appliers,
    webhook_observers: Sequence[ObserveWebhooks] = (metrics.observe_webhooks,),
) -> None:
    """Register an applier for each stored topic except `mail.purges.v1`, which `PurgeFollower` reads.

    `webhook_observers` are called after each batch of messages that stored data of webhooks.
    """
    for topic in (ACCOUNTS, FOLDERS, MESSAGES, SYNC_EVENTS, DEAD_LETTERS):
        consumers.batch(
            topic,
            group=GROUP,
            handler=_handler(topic, appliers.of(topic), webhook_observers),
            max_records=BATCH_RECORDS,
            workers=WRITERS if topic is MESSAGES else 1,
        )


def _handler(topic: Topic, apply: Apply, webhook_observers: Sequence[ObserveWebhooks]) -> BatchHandler:
    async def handle(records: Sequence[Record]) -> Sequence[Parked]:
        applied = await apply(records)
        _count(topic, records, applied)
        seconds = webhook_seconds(records, applied, now_us()) if topic is MESSAGES else []
        for observe in webhook_observers if seconds else ():
            observe(seconds)
        return applied.parked

    return handle


def webhook_seconds(records: Sequence[Record], applied: BatchResult, now: UnixMicros) -> list[float]:
    """Return the seconds from receipt to `now` of each webhook in a batch, without parked records."""
    parked = {letter.record.place for letter in applied.parked}
    return [
        max(0.0, (now - received_at) / MICROSECONDS)
        for record in records
        if (received_at := record.received_at) is not None and record.place not in parked
    ]


def _count(topic: Topic, records: Sequence[Record], applied: BatchResult) -> None:
    parked = len(applied.parked)
    metrics.RECORDS.labels(topic.name, "changed").inc(applied.changed)
    metrics.RECORDS.labels(topic.name, "unchanged").inc(applied.records - applied.changed - parked)
    metrics.RECORDS.labels(topic.name, "parked").inc(parked)
    oldest = min(record.timestamp_ms for record in records)
    metrics.DELAY_SECONDS.labels(topic.name).observe(max(0.0, time.time() - oldest / 1_000))
