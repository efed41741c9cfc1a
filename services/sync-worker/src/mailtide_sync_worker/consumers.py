"""Which topics the worker consumes, and what handles them."""

from mailtide_common.contracts.topics import BACKFILL_REQUESTS, NOTIFICATIONS, SYNC_REQUESTS
from mailtide_common.runtime.consumers import Consumers

from . import limits
from .live_first import LiveFirst
from .translate import Translator
from .work import Worker

GROUP = "sync-worker"


def register(consumers: Consumers, translator: Translator, worker: Worker, live_first: LiveFirst) -> None:
    """Subscribe: live notifications in batches, requests many accounts at once, bulk in a lane of its own."""
    consumers.batch(
        NOTIFICATIONS,
        group=GROUP,
        handler=live_first.live(translator.translate),
        max_records=limits.NOTIFICATION_BATCH,
    )
    consumers.keyed(
        SYNC_REQUESTS,
        group=GROUP,
        handler=live_first.live(worker.work),
        max_in_flight=limits.REQUESTS_IN_FLIGHT,
    )
    consumers.keyed(BACKFILL_REQUESTS, group=GROUP, handler=worker.work, max_in_flight=limits.BULK_IN_FLIGHT)
