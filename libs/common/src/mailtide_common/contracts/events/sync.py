"""Requests to sync workers, and their reports."""

from enum import StrEnum
from typing import TypedDict
from uuid import UUID

from pydantic import BaseModel, ConfigDict, FiniteFloat

from mailtide_common.contracts.times import BEGINNING, UnixMicros, UnixSeconds
from mailtide_common.contracts.topics import BACKFILL_REQUESTS, SYNC_EVENTS, SYNC_REQUESTS, Topic

from .event import GrantEvent
from .mail import Lane


class SyncKind(StrEnum):
    """The kinds of work of a sync worker."""

    DELTA = "delta"
    BACKFILL = "backfill"
    MESSAGE = "message"
    THREAD = "thread"
    ACCOUNT = "account"
    AUDIT = "audit"
    """Compares the whole mailbox with the database, and counts differences per folder. Repairs them if
    `repair`."""
    PURGE = "purge"
    """Publishes tombstones for all stored keys of a grant, and the purge's marker. With `message_id`: only
    tombstones for that message."""


BULK_KINDS = frozenset({SyncKind.BACKFILL, SyncKind.AUDIT, SyncKind.PURGE})

NEWEST = UnixSeconds(253_402_300_800)
"""Position of a slice that begins at the newest message. It is later than any date."""


FIRST_SYNC_ENDED = "grant.imap_sync_completed"
"""Reason of the backfill after the end of Nylas' first sync of an IMAP mailbox (docs: Webhooks, triggers)."""


class MessageCounts(BaseModel):
    """Numbers of messages in a comparison, by result; each message counts once."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    in_account: int = 0
    """Messages that the mailbox lists."""
    synced: int = 0
    """Messages that mailbox and database have, with equal data."""
    missing: int = 0
    """Messages that only the mailbox has."""
    extra: int = 0
    """Messages that only the database has."""
    differing: int = 0
    """Messages that both have, with different flags, folders, thread or content."""


class FolderCount(MessageCounts):
    """Numbers of a folder's messages in a comparison; a message in several folders counts in each."""

    folder_id: str
    """The folder. Empty for messages without a folder, and for entries that cannot be read."""


class FoldersCompared(BaseModel):
    """Numbers of folders in a comparison."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    in_account: int = 0
    """Folders that the mailbox lists."""
    synced: int = 0
    """Folders that mailbox and database have, with equal data."""
    missing: int = 0
    """Folders that only the mailbox has."""
    extra: int = 0
    """Folders that only the database has."""
    differing: int = 0
    """Folders that both have, with a different name or attributes, or without a name in the database."""


class Unannounced(BaseModel):
    """New mail that a delta found, although a notification should have announced it before."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    messages: int
    oldest: UnixSeconds
    newest: UnixSeconds


class SyncTarget(GrantEvent):
    """Base of requests: what to sync for a grant."""

    kind: SyncKind
    message_id: str | None = None
    thread_id: str | None = None
    follow_up: bool = False
    """Message: whether the fetch has to resolve a conflict of two observations."""
    deletion_seen: bool = False
    """Message: whether the message was reported as deleted, or was not listed. Only then does a 404 delete
    it."""
    lane: Lane = Lane.SYNC
    """Message and thread: the lane of the events. For other kinds, the kind and `since` determine it."""
    folders_only: bool = False
    """Account: whether to list only the folders, without fetching the grant's status."""


class SyncWanted(SyncTarget):
    """A request for a task.

    If a task with the same grant, kind, message, thread and `follow_up` is waiting, and has completed no
    slice, the scheduler merges the request with it.
    """

    type = "mail.sync-wanted.v1"
    default_topic = SYNC_EVENTS

    reason: str
    """The reason, as a short fixed phrase."""
    not_before: UnixMicros = BEGINNING
    """The earliest time at which the task is due. When requests are merged, the earlier of their times
    counts. For follow-ups, the later one counts."""


class TaskFields(TypedDict):
    """The fields by which an event identifies its task."""

    task_id: UUID
    run_id: UUID | None
    grant_id: str
    kind: SyncKind


class TaskEvent(GrantEvent):
    """Base of the events that belong to a task."""

    task_id: UUID
    run_id: UUID | None = None
    kind: SyncKind

    @property
    def task(self) -> TaskFields:
        """The fields that another event of the same task needs: `SyncFinished(**request.task, …)`."""
        return {"task_id": self.task_id, "run_id": self.run_id, "grant_id": self.grant_id, "kind": self.kind}


class SyncRequested(SyncTarget, TaskEvent):
    """A request to a worker to do a task, or its next slice. The same request may be delivered more than once."""

    type = "mail.sync-requested.v1"
    default_topic = SYNC_REQUESTS

    since: UnixSeconds | None = None
    """Delta: mail since this time is listed: the watermark minus an overlap. None to list all mail."""
    until: UnixSeconds | None = None
    """Delta, backfill, audit: the date at which this slice continues. None to start at the newest message."""
    watermark: UnixSeconds | None = None
    """Delta, backfill, audit: a time just before the first slice was listed. None in the request of the first
    slice. When a delta or backfill has ended, the account's watermark is derived from this time."""
    window_seconds: int | None = None
    """Delta: how far back from now Nylas' listing is compared with the database. None for no comparison."""
    repair: bool = True
    """Audit: whether to repair differences. The proving pass only counts."""
    start_date: UnixSeconds | None = None
    """Backfill and audit: earlier mail is not listed (on EWS, a backfill lists the whole day). None for no
    limit."""
    approved_folders: tuple[str, ...] = ()
    """Account and audit: ids of folders whose deletion an operator has approved. Those that are still not
    listed are fetched once more."""
    requested_at: UnixMicros | None = None
    """Purge: when it was requested, which is after every connect that it undoes. Follow-up: when it was due,
    which is after the conflicting observations. By the database's clock. None for other requests and in old
    events."""
    attempt: int = 1
    not_found: int = 0
    """Message: number of earlier attempts in a row that Nylas answered with 404."""

    @property
    def bulk(self) -> bool:
        """Whether this is bulk work: a backfill, audit or purge, or a slice of a delta after the first."""
        return self.kind in BULK_KINDS or self.until is not None

    @property
    def topic(self) -> Topic:
        """The topic of the request. Bulk work has a separate topic."""
        return BACKFILL_REQUESTS if self.bulk else super().topic


class SyncReport(TaskEvent):
    """Base of a worker's reports: what the latest slice of a task found."""

    default_topic = SYNC_EVENTS

    synced_count: int = 0
    """Messages of this slice that were published, or of which a fetch was requested."""
    messages: MessageCounts | None = None
    """Audit: counts of this slice. None for other kinds, and in old events."""
    folders: tuple[FolderCount, ...] = ()
    """Audit: counts of this slice per folder."""
    folder_list: FoldersCompared | None = None
    """Audit: counts of the folders themselves, in the report of the first slice."""
    contents: int = 0
    """Audit: messages of this slice whose whole content was compared."""
    unannounced: Unannounced | None = None
    """Delta: unannounced mail in this slice; None if there is none."""


class SyncProgressed(SyncReport):
    """A slice of a long task was completed; the scheduler requests the next one."""

    type = "mail.sync-progressed.v1"

    slice_from: UnixSeconds | None = None
    """Where this slice began: `until` of its request, or `NEWEST`. None in old events."""
    until: UnixSeconds
    """Where the next slice continues."""
    watermark: UnixSeconds
    """A time just before the first slice was listed."""
    oldest: UnixSeconds | None = None
    """Backfill: approximate date of the mailbox's oldest message, for estimates of the progress."""
    aside_seconds: FiniteFloat = 0.0
    """Backfill: seconds that the first slice spent on finding the oldest message."""
    at: UnixMicros


class Compared(StrEnum):
    """A kind of data that an audit compares."""

    IDS = "ids"
    STATE = "state"
    FOLDERS = "folders"
    CONTENT = "content"


class SyncOutcome(StrEnum):
    """The outcome of a task, which determines how the scheduler continues."""

    OK = "ok"
    FAILED = "failed"
    """This counts as an attempt. The task is tried again after a delay. The attempts are limited, except those
    of deltas, backfills and purges."""
    THROTTLED = "throttled"
    """The task is tried again after `retry_after_seconds`, or after less than a minute if that is None. This
    does not count as an attempt."""
    GRANT_INVALID = "grant-invalid"
    """The grant is invalid. Until it works again, only its status is requested. This does not count as an
    attempt."""
    NOT_FOUND = "not-found"
    """The message or thread does not exist, or not yet. A message is requested again a few times."""


class SyncFinished(SyncReport):
    """An attempt at a task has ended. The outcome decides whether there is another attempt."""

    type = "mail.sync-finished.v1"

    outcome: SyncOutcome
    error: str | None = None
    """The error in words, without mail content or secrets."""
    forbidden: bool = False
    """Whether the task failed because the grant lacks the permission to read mail."""
    retry_after_seconds: FiniteFloat | None = None
    watermark: UnixSeconds | None = None
    """Delta and backfill: time up to which nothing is missing."""
    compared: tuple[Compared, ...] = (Compared.IDS, Compared.STATE)
    """Audit: the kinds of data that all slices compared."""
    started_at: UnixMicros
    finished_at: UnixMicros


class MailboxProven(GrantEvent):
    """An audit found nothing missing, extra or differing in the kinds of data in `proves`."""

    type = "mail.mailbox-proven.v1"
    default_topic = SYNC_EVENTS

    proven_at: UnixMicros
    """Start of the pass that found no difference."""
    proves: tuple[Compared, ...]
    """The kinds of data that the pass compared."""
