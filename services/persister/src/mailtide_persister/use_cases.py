"""Which use case a topic's records go through, live and on replay alike."""

from dataclasses import dataclass

import asyncpg

from mailtide_common.contracts.topics import ACCOUNTS, DEAD_LETTERS, FOLDERS, MESSAGES, SYNC_EVENTS, Topic
from mailtide_common.contracts.versions import MICROSECONDS
from mailtide_common.runtime.publisher import Publisher

from .apply_accounts import AccountApplier
from .apply_dead_letters import DeadLetterApplier
from .apply_folders import FolderApplier
from .apply_messages import MessageApplier
from .apply_sync_events import SyncEventApplier
from .lanes import Apply, in_lanes


@dataclass(frozen=True, slots=True)
class UseCases:
    """One use case a topic."""

    by_topic: dict[str, Apply]

    def of(self, topic: Topic) -> Apply:
        """What a topic's records go through."""
        return self.by_topic[topic.name]


def build_use_cases(
    pool: asyncpg.Pool, follow_ups: Publisher | None, *, ambiguity_seconds: float
) -> UseCases:
    """Build them all over one pool; `follow_ups` is none on replay."""
    messages = MessageApplier(pool, follow_ups, ambiguity_microseconds=int(ambiguity_seconds * MICROSECONDS))
    return UseCases(
        {
            ACCOUNTS.name: AccountApplier(pool).apply,
            FOLDERS.name: FolderApplier(pool).apply,
            MESSAGES.name: in_lanes(messages.apply),
            SYNC_EVENTS.name: SyncEventApplier(pool).apply,
            DEAD_LETTERS.name: DeadLetterApplier(pool).apply,
        }
    )
