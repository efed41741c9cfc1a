"""The topic registry: the only place that defines a topic's name and properties (INV-24, INV-30).

`mailtide topics ensure` creates and checks these topics. `docs/generated/topics.md` lists them.
"""

from dataclasses import dataclass
from enum import StrEnum

DAY_MS = 24 * 60 * 60 * 1000

SEGMENT_MS = DAY_MS
"""Age at which the next append closes a segment. Kafka compacts only closed segments, and deletes segments
only as a whole."""

COMPACTION_LAG_MS = DAY_MS
"""Longest time that a record may stay uncompacted. Without this limit, Kafka compacts a partition only when
half of it is new, so that purged data might stay indefinitely. Each compaction rewrites the partition, so a
shorter time would cost more."""

DELETE_RETENTION_MS = DAY_MS
"""Time for which Kafka keeps tombstones, for consumers that are down. Mailtide's own consumers may miss a
tombstone, because the purge's marker in `PURGES` is permanent."""

CLOCK_LEAD_MS = 10_000
"""Kafka (3.6 or newer) refuses a record of a compacted topic whose timestamp is further ahead of the broker's
clock than this. Otherwise the versions of a service with a fast clock would be greater than those of later
observations."""

MIB = 1024 * 1024

MAX_RECORD_BYTES = 32 * MIB
"""Size of the largest record that a producer sends."""


class Cleanup(StrEnum):
    """How Kafka frees a topic's disk space."""

    DELETE = "delete"
    COMPACT = "compact"


class Compression(StrEnum):
    """How producers compress the records of a topic."""

    NONE = "none"
    ZSTD = "zstd"


@dataclass(frozen=True, slots=True)
class Topic:
    """A Kafka topic and its properties."""

    name: str
    key: str
    """The parts of a record's key, in words."""
    cleanup: Cleanup
    purpose: str
    producers: tuple[str, ...]
    """Services whose events are on the topic. The scheduler also writes redriven records and those of
    `keys.ROLL`."""
    consumers: tuple[str, ...]
    retention_days: int | None = None
    """Days until a record is deleted; None for a compacted topic."""
    compression: Compression = Compression.NONE
    max_record_bytes: int = 4 * MIB
    """Maximum number of bytes of a batch or record (`max.message.bytes`). The default is twice the ingress'
    body limit."""
    single_partition: bool = False
    """Whether the topic has only one partition. More would slow down processes that read it whole at
    start."""

    def config(self) -> dict[str, str]:
        """Return the topic's settings for the broker, with Kafka's names as keys."""
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
    purpose="Bulk work, in a separate topic, so that it does not delay live mail.",
    producers=("scheduler",),
    consumers=("sync-worker",),
)
SYNC_EVENTS = Topic(
    name="mail.sync-events.v1",
    key="grant, or the subject of an incident",
    cleanup=Cleanup.DELETE,
    retention_days=30,
    purpose="Outcomes of sync requests, requests for more, proofs, held deletions and incidents.",
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
    purpose="The latest snapshot of every account.",
    producers=("ingress", "sync-worker", "scheduler"),
    consumers=("persister", "scheduler", "ingress"),
)
PURGES = Topic(
    name="mail.purges.v1",
    key="the account's id, which is a digest of its grant",
    cleanup=Cleanup.COMPACT,
    purpose="Markers of purged accounts, so that replays and restored databases leave these accounts out.",
    producers=("sync-worker", "persister"),
    consumers=("persister", "notifier"),
    single_partition=True,
)
WEBHOOK_SECRETS = Topic(
    name="mail.webhook-secrets.v1",
    key="webhook destination id, with `/replaced` for a replaced secret; or `pending`",
    cleanup=Cleanup.COMPACT,
    purpose="The signing secrets of webhook destinations, encrypted with SECRET_KEY.",
    producers=("scheduler",),
    consumers=("ingress",),
    single_partition=True,
)
DEAD_LETTERS = Topic(
    name="mail.dead-letters.v1",
    key="the original record's key; grant/message for a message from a call to Nylas",
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
"""Topics that `mailtide replay` reads, in this order. Sync events restore when accounts were
synced and proven, as far as Kafka still has them."""
