"""Which topics the scheduler consumes, and what handles them."""

from mailtide_common.contracts.topics import ACCOUNTS, SYNC_EVENTS
from mailtide_common.runtime.kafka.consumers import Consumers

from . import limits
from .accounts.events import AccountListener
from .outcomes.sync_events import EventTaker

GROUP = "scheduler"


def register(consumers: Consumers, events: EventTaker, accounts: AccountListener) -> None:
    """Subscribe to what workers report and wish, and to what becomes of accounts."""
    consumers.batch(SYNC_EVENTS, group=GROUP, handler=events.take, max_records=limits.EVENT_BATCH)
    consumers.batch(ACCOUNTS, group=GROUP, handler=accounts.hear, max_records=limits.EVENT_BATCH)
