"""The events on Mailtide's topics.

The meaning of an event type never changes. A new meaning requires a new class with a new type.

An event on a compacted topic must not depend on earlier ones, because compaction keeps only the last record
of a key.
"""

from .account import Account, AccountStatus, AccountUser, account_of_row, connected_users, merged_users
from .control import AlertEnded, AlertKind, AlertRaised, DeletionsHeld, IncidentSeen, WebhookSecret
from .event import Event
from .mail import Address, Attachment, Folder, Lane, MessageContent, MessageState
from .purged import Purged
from .sync import (
    BULK_KINDS,
    FIRST_SYNC_ENDED,
    NEWEST,
    Compared,
    FolderCount,
    FoldersCompared,
    MailboxProven,
    MessageCounts,
    SyncFinished,
    SyncKind,
    SyncOutcome,
    SyncProgressed,
    SyncReport,
    SyncRequested,
    SyncWanted,
    Unannounced,
)

__all__ = [
    "BULK_KINDS",
    "EVENT_TYPES",
    "FIRST_SYNC_ENDED",
    "NEWEST",
    "Account",
    "AccountStatus",
    "AccountUser",
    "Address",
    "AlertEnded",
    "AlertKind",
    "AlertRaised",
    "Attachment",
    "Compared",
    "DeletionsHeld",
    "Event",
    "Folder",
    "FolderCount",
    "FoldersCompared",
    "IncidentSeen",
    "Lane",
    "MailboxProven",
    "MessageContent",
    "MessageCounts",
    "MessageState",
    "Purged",
    "SyncFinished",
    "SyncKind",
    "SyncOutcome",
    "SyncProgressed",
    "SyncReport",
    "SyncRequested",
    "SyncWanted",
    "Unannounced",
    "WebhookSecret",
    "account_of_row",
    "connected_users",
    "merged_users",
]

EVENT_TYPES: tuple[type[Event], ...] = (
    MessageContent,
    MessageState,
    Folder,
    Account,
    SyncRequested,
    SyncWanted,
    SyncProgressed,
    SyncFinished,
    MailboxProven,
    DeletionsHeld,
    AlertRaised,
    AlertEnded,
    IncidentSeen,
    WebhookSecret,
    Purged,
)
