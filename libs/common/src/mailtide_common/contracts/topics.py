"""The topic registry: the only place that defines a topic's name and properties (INV-24, INV-30).

`mailtide topics ensure` creates and checks the topics from it, every publisher takes compression and
limits from it, and `docs/generated/topics.md` is rendered from it.
"""

from dataclasses import dataclass
from enum import StrEnum

DAY_MS = 24 * 60 * 60 * 1000

SEGMENT_MS = DAY_MS
"""Kafka deletes and compacts closed segments only, and closes one at the first append after this time."""

COMPACTION_LAG_MS = DAY_MS
"""Without it, Kafka compacts a partition only when half of it is new, so purged data may stay for ever if few
records follow. Each forced compaction rewrites the partition: once a day is cheap, and a shorter lag gains nothing."""

DELETE_RETENTION_MS = DAY_MS
"""Time for which a tombstone is kept for consumers that are down. Mailtide's may miss one: the marker in
`PURGES` remains."""

CLOCK_LEAD_MS = 10_000
"""Kafka (3.6 or newer) refuses a record whose producer's clock is further ahead of the broker's than this. Whatever is
newest wins on a compacted topic, so a fast clock would outrank all that comes after it."""

MIB = 1024 * 1024

MAX_RECORD_BYTES = 32 * MIB
"""Largest record that any producer sends."""


class Cleanup(StrEnum):
    """How Kafka frees a topic's disk space."""

    DELETE = "delete"
    COMPACT = "compact"


class Compression(StrEnum):
    """How a producer compresses what it sends to a topic."""

    NONE = "none"
    ZSTD = "zstd"


@dataclass(frozen=True, slots=True)
class Topic:
    """One Kafka topic."""

    name: str
    key: str
    """The parts of the key, in words."""
    cleanup: Cleanup
    purpose: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    retention_days: int | None = None
    """Days until a record is deleted; None for a compacted topic."""
    compression: Compression = Compression.NONE
    max_record_bytes: int = 4 * MIB
    """Largest record: twice what the ingress accepts, because bodies are stored as received."""
    single_partition: bool = False
    """One partition, for a topic that every reader reads whole: more would only lengthen the start."""

    def config(self) -> dict[str, str]:
        """Return the topic's broker-side settings."""
        settings = {"cleanup.policy": self.cleanup.value, "max.message.bytes": str(self.max_record_bytes)}
        settings["segment.ms"] = str(SEGMENT_MS)
        if self.cleanup is Cleanup.COMPACT:
            settings["max.compaction.lag.ms"] = str(COMPACTION_LAG_MS)
            settings["delete.retention.ms"] = str(DELETE_RETENTION_MS)
            settings["message.timestamp.after.max.ms"] = str(CLOCK_LEAD_MS)
        if self.retention_days is not None:
            settings["retention.ms"] = str(self.retention_days * DAY_MS)
        return settings


NOTIFICATIONS = Topic(
    name="mail.notifications.v1",
    key="grant, or the notification's id where no grant can be read",
    cleanup=Cleanup.DELETE,
    retention_days=14,
    purpose="Nylas notifications, byte for byte as received.",
    producers=("ingress",),
    consumers=("sync-worker", "scheduler"),
)
SYNC_REQUESTS = Topic(
    name="mail.sync-requests.v1",
    key="grant",
    cleanup=Cleanup.DELETE,
    retention_days=3,
    purpose="Work for a sync worker: delta, message, thread, account.",
    producers=("scheduler",),
    consumers=("sync-worker",),
)
BACKFILL_REQUESTS = Topic(
    name="mail.backfill-requests.v1",
    key="grant",
    cleanup=Cleanup.DELETE,
    retention_days=3,
    purpose="Bulk work, in a topic of its own, so that it never delays live mail.",
    producers=("scheduler",),
    consumers=("sync-worker",),
)
SYNC_EVENTS = Topic(
    name="mail.sync-events.v1",
    key="grant",
    cleanup=Cleanup.DELETE,
    retention_days=30,
    purpose="Outcomes of sync requests, and requests for more.",
    producers=("sync-worker", "persister", "scheduler", "notifier"),
    consumers=("scheduler", "persister", "notifier"),
)
MESSAGES = Topic(
    name="mail.messages.v1",
    key="grant/message/content or grant/message/state, ids percent-encoded",
    cleanup=Cleanup.COMPACT,
    purpose="Every message's latest content and latest state: a complete, minimal image of every mailbox.",
    producers=("sync-worker",),
    consumers=("persister", "notifier", "any application"),
    compression=Compression.ZSTD,
    max_record_bytes=MAX_RECORD_BYTES,
)
FOLDERS = Topic(
    name="mail.folders.v1",
    key="grant/folder, ids percent-encoded",
    cleanup=Cleanup.COMPACT,
    purpose="Every folder's latest name and attributes.",
    producers=("sync-worker", "persister"),
    consumers=("persister",),
)
ACCOUNTS = Topic(
    name="mail.accounts.v1",
    key="grant",
    cleanup=Cleanup.COMPACT,
    purpose="Every account's latest whole snapshot.",
    producers=("ingress", "sync-worker", "scheduler"),
    consumers=("persister", "scheduler", "ingress"),
)
PURGES = Topic(
    name="mail.purges.v1",
    key="the account's id, which is a digest of its grant",
    cleanup=Cleanup.COMPACT,
    purpose="Markers of purged accounts, which replays and restored databases leave out.",
    producers=("sync-worker", "persister"),
    consumers=("persister", "notifier"),
    single_partition=True,
)
WEBHOOK_SECRETS = Topic(
    name="mail.webhook-secrets.v1",
    key="webhook destination id",
    cleanup=Cleanup.COMPACT,
    purpose="The signing secrets of webhook destinations, encrypted with SECRET_KEY.",
    producers=("scheduler",),
    consumers=("ingress",),
    single_partition=True,
)
DEAD_LETTERS = Topic(
    name="mail.dead-letters.v1",
    key="the original record's key",
    cleanup=Cleanup.DELETE,
    retention_days=90,
    purpose="Records that cannot be processed: the original bytes, their origin and the reason.",
    producers=("sync-worker", "scheduler", "persister", "notifier"),
    consumers=("persister",),
    max_record_bytes=MAX_RECORD_BYTES,
)

ALL_TOPICS: tuple[Topic, ...] = (
    NOTIFICATIONS,
    SYNC_REQUESTS,
    BACKFILL_REQUESTS,
    SYNC_EVENTS,
    MESSAGES,
    FOLDERS,
    ACCOUNTS,
    PURGES,
    WEBHOOK_SECRETS,
    DEAD_LETTERS,
)

REPLAYED_TOPICS: tuple[Topic, ...] = (PURGES, ACCOUNTS, FOLDERS, MESSAGES, SYNC_EVENTS)
"""Topics that `mailtide replay` reads, in this order: purges first. Sync events are not compacted; within
their retention they restore the accounts' `last_sync_at`."""
