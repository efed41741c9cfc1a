"""Creates the appliers of all topics, for the consumers and for a replay."""

from dataclasses import dataclass

import asyncpg

from mailtide_common.contracts.events import AccountStatus
from mailtide_common.contracts.times import MICROSECONDS
from mailtide_common.contracts.topics import (
    ACCOUNTS,
    DEAD_LETTERS,
    FOLDERS,
    MESSAGES,
    PURGES,
    SYNC_EVENTS,
    Topic,
)
from mailtide_common.runtime.kafka.publisher import Publisher

from .accounts import AccountApplier
from .batch_result import Apply
from .dead_letters import DeadLetterApplier
from .folders import FolderApplier
from .messages import MessageApplier
from .purges.purges import PurgeApplier
from .sync_events import SyncEventApplier


@dataclass(frozen=True, slots=True)
class Appliers:
    """The appliers by topic."""

    by_topic: dict[str, Apply]

    def of(self, topic: Topic) -> Apply:
        return self.by_topic[topic.name]


def build_appliers(pool: asyncpg.Pool, follow_ups: Publisher | None, *, ambiguity_seconds: float) -> Appliers:
    """Create all appliers on one pool.

    Args:
        pool: connections to Postgres.
        follow_ups: publishes requests, tombstones and markers of purges; None for a replay. In a replay,
            provisional accounts get the status `removed`. Their own events are not in Kafka, so they were
            purged or never connected.
        ambiguity_seconds: a notification and another observation of a message have no known order if their
            times differ by at most this much.
    """
    provisional = AccountStatus.REMOVED if follow_ups is None else AccountStatus.ACTIVE
    messages = MessageApplier(
        pool,
        follow_ups,
        ambiguity_microseconds=int(ambiguity_seconds * MICROSECONDS),
        provisional=provisional,
    )
    return Appliers(
        {
            PURGES.name: PurgeApplier(pool).apply,
            ACCOUNTS.name: AccountApplier(pool, follow_ups).apply,
            FOLDERS.name: FolderApplier(pool, follow_ups, provisional=provisional).apply,
            MESSAGES.name: messages.apply,
            SYNC_EVENTS.name: SyncEventApplier(pool).apply,
            DEAD_LETTERS.name: DeadLetterApplier(pool).apply,
        }
    )
