"""Subscribes the worker to its topics."""

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import Parked
from mailtide_common.contracts.topics import BACKFILL_REQUESTS, NOTIFICATIONS, SYNC_REQUESTS
from mailtide_common.runtime.clock_watch import ClockWatch
from mailtide_common.runtime.kafka.consumers.consumer_groups import Consumers, KeyedHandler

from . import limits
from .notifications.translate import Translator
from .priority import BulkThrottle
from .requests.handler import Worker

GROUP = "sync-worker"


def register(
    consumers: Consumers,
    translator: Translator,
    worker: Worker,
    bulk_throttle: BulkThrottle,
    clock: ClockWatch,
) -> None:
    """Register the handlers of notifications, live requests and bulk requests.

    Notifications and live requests count as live work. While the clock is wrong, requests fail as transient.
    """
    work = _by_a_right_clock(worker.work, clock)
    consumers.batch(
        NOTIFICATIONS,
        group=GROUP,
        handler=bulk_throttle.live(translator.translate),
        max_records=limits.NOTIFICATION_BATCH,
    )
    consumers.keyed(
        SYNC_REQUESTS,
        group=GROUP,
        handler=bulk_throttle.live(work),
        max_in_flight=limits.REQUESTS_IN_FLIGHT,
    )
    consumers.keyed(BACKFILL_REQUESTS, group=GROUP, handler=work, max_in_flight=limits.BULK_IN_FLIGHT)


def _by_a_right_clock(work: KeyedHandler, clock: ClockWatch) -> KeyedHandler:
    """Wrap `work` so that requests fail as transient while the clock is wrong.

    The clock determines the versions of fetched data.
    """

    async def checked(record: Record) -> Parked | None:
        clock.check()
        return await work(record)

    return checked
