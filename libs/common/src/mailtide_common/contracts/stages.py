"""The stages of the pipeline: services and the topics that they consume, each in a consumer group."""

from typing import NamedTuple

from .topics import (
    ACCOUNTS,
    BACKFILL_REQUESTS,
    DEAD_LETTERS,
    FOLDERS,
    MESSAGES,
    NOTIFICATIONS,
    PURGES,
    SYNC_EVENTS,
    SYNC_REQUESTS,
    Topic,
)


class Stage(NamedTuple):
    """A service and a topic that it consumes in a separate consumer group."""

    service: str
    topic: Topic

    @property
    def group(self) -> str:
        return group_id(self.service, self.topic)

    @property
    def optional(self) -> bool:
        """Whether an installation may do without the service."""
        return self.service == "notifier"


def group_id(service: str, topic: Topic) -> str:
    """Return a service's consumer group for a topic.

    Each topic has its own group, so that a rebalance affects one topic only.
    """
    return f"{service}.{topic.name}"


STAGES: tuple[Stage, ...] = tuple(
    Stage(service, topic)
    for service, topics in (
        ("sync-worker", (NOTIFICATIONS, SYNC_REQUESTS, BACKFILL_REQUESTS)),
        ("persister", (MESSAGES, FOLDERS, ACCOUNTS, SYNC_EVENTS, DEAD_LETTERS)),
        ("scheduler", (SYNC_EVENTS, ACCOUNTS)),
        ("notifier", (MESSAGES, SYNC_EVENTS, PURGES)),
    )
    for topic in topics
)
"""All stages, in the order in which they are shown."""

_PLACES = {stage.group: number for number, stage in enumerate(STAGES)}


def place_of(group: str) -> int:
    """Return the position of a consumer group in `STAGES`.

    Unknown groups come after all stages.
    """
    return _PLACES.get(group, len(_PLACES))
