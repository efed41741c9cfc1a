"""Subscribes the scheduler to its topics."""

from mailtide_common.contracts.topics import ACCOUNTS, SYNC_EVENTS
from mailtide_common.runtime.kafka.consumers.consumer_groups import Consumers

from . import limits
from .accounts.events import AccountEventHandler
from .outcomes.sync_events import SyncEventHandler

GROUP = "scheduler"


def register(consumers: Consumers, events: SyncEventHandler, accounts: AccountEventHandler) -> None:
    consumers.batch(SYNC_EVENTS, group=GROUP, handler=events.handle, max_records=limits.EVENT_BATCH)
    consumers.batch(ACCOUNTS, group=GROUP, handler=accounts.handle, max_records=limits.EVENT_BATCH)
