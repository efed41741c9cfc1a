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
    """Compares the whole mailbox with the database, counts differences per folder, and repairs them if `repair`."""
    PURGE = "purge"
    """Publishes tombstones for all of a grant's data in Kafka, or for that of one message if `message_id` is set."""


BULK_KINDS = frozenset({SyncKind.BACKFILL, SyncKind.AUDIT, SyncKind.PURGE})

NEWEST = UnixSeconds(253_402_300_800)
"""Start of a slice that begins at the newest message: later than any date."""


FIRST_SYNC_ENDED = "grant.imap_sync_completed"
"""Reason of the backfill that follows the end of Nylas' first sync of an IMAP mailbox (docs: Webhooks, triggers)."""


class MessageCounts(BaseModel):
    """Numbers of messages in a comparison, by result; each message counts once."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    in_account: int = 0
    """Messages that the mailbox lists."""
    synced: int = 0
    """Of those, in the database as they are listed."""
    missing: int = 0
    """Listed, but not in the database."""
    extra: int = 0
    """In the database, but not listed."""
    differing: int = 0
    """In both, with different flags, folders, thread or content."""


class FolderCount(MessageCounts):
    """Numbers of a folder's messages in a comparison; a message in several folders counts in each."""

    folder_id: str


class FoldersCompared(BaseModel):
    """Numbers of folders in a comparison."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    in_account: int = 0
    """Folders that the mailbox lists."""
    synced: int = 0
    """Of those, in the database as they are listed."""
    missing: int = 0
    """Listed, but not in the database."""
    extra: int = 0
    """In the database, but not listed."""
    differing: int = 0
    """In both, with a different name or attributes, or without a name in the database."""


class Unannounced(BaseModel):
    """New mail that a delta found, of which a notification should have arrived before."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    messages: int
    oldest: UnixSeconds
    """The oldest date of these messages."""
    newest: UnixSeconds


class SyncTarget(GrantEvent):
    """Base of requests: what to sync for a grant."""

    kind: SyncKind
    message_id: str | None = None
    thread_id: str | None = None
    follow_up: bool = False
    """Message: whether the fetch is to resolve two contradictory observations."""
    deletion_seen: bool = False
    """Message: whether a deletion was notified, so that a 404 confirms it; a 404 alone proves no deletion."""
    lane: Lane = Lane.SYNC
    """Message and thread: how the message was found; other kinds determine it."""
    folders_only: bool = False
    """Account: whether to list only the folders, without fetching the grant's status."""


class SyncWanted(SyncTarget):
    """A request for a task.

    The scheduler merges it with a waiting task of the same grant, kind, message, thread and `follow_up`, if that has
    completed no slice.
    """

    type = "mail.sync-wanted.v1"
    default_topic = SYNC_EVENTS

    reason: str
    """The reason, as a short fixed phrase."""
    not_before: UnixMicros = BEGINNING
    """The earliest time at which the task is due. Merged tasks are due at the earlier time; follow-ups at the later."""


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
    """A request to a worker to do a task now; it may be delivered more than once."""

    type = "mail.sync-requested.v1"
    default_topic = SYNC_REQUESTS

    since: UnixSeconds | None = None
    """Delta: the watermark minus an overlap, from which mail is listed; None to list from the beginning."""
    until: UnixSeconds | None = None
    """Delta, backfill, audit: the date at which this slice continues; None to start at the newest message."""
    watermark: UnixSeconds | None = None
    """Delta, backfill, audit: time before the first slice was listed; None for the first slice. After the last slice of
    a delta or backfill, it becomes the watermark."""
    window_seconds: int | None = None
    """Delta: how far back Nylas' listing is compared with the database; None for no comparison."""
    repair: bool = True
    """Audit: whether to request what is missing or differs; a pass that proves only counts."""
    start_date: UnixSeconds | None = None
    """Backfill: earlier mail is not listed (on EWS: mail of earlier days); None to go back to the beginning."""
    approved_folders: tuple[str, ...] = ()
    """Account and audit: ids of folders whose deletion an operator has approved; each that is still not listed is
    fetched once more."""
    requested_at: UnixMicros | None = None
    """A time of the database's clock. Purge: when it was requested, which is after every connect that it undoes.
    Follow-up: when it was due, which is after the observations that it decides. None for others, and in old events."""
    attempt: int = 1

    @property
    def bulk(self) -> bool:
        """Whether live work has priority over it: backfills, audits, purges, and slices of a delta after the first."""
        return self.kind in BULK_KINDS or self.until is not None

    @property
    def topic(self) -> Topic:
        """The topic of the request; bulk work has a separate one."""
        return BACKFILL_REQUESTS if self.bulk else super().topic


class SyncReport(TaskEvent):
    """Base of a worker's reports: what the latest slice of a task found."""

    default_topic = SYNC_EVENTS

    synced_count: int = 0
    """New or changed messages of this slice."""
    messages: MessageCounts | None = None
    """Audit: counts of this slice; None in old events."""
    folders: tuple[FolderCount, ...] = ()
    """Audit: counts of this slice per folder."""
    folder_list: FoldersCompared | None = None
    """Audit: counts of the folders themselves, from the first slice."""
    contents: int = 0
    """Audit: messages of this slice whose whole content was compared."""
    unannounced: Unannounced | None = None
    """Delta: the unannounced mail of this slice, if any."""


class SyncProgressed(SyncReport):
    """A slice of a long task was published; the scheduler requests the next one."""

    type = "mail.sync-progressed.v1"

    slice_from: UnixSeconds | None = None
    """Where this slice began: the date in its request, or `NEWEST`; None in old events."""
    until: UnixSeconds
    """Where the next slice continues."""
    watermark: UnixSeconds
    """Time before the first slice was listed."""
    oldest: UnixSeconds | None = None
    """Backfill: date of the mailbox's oldest message, to estimate the progress."""
    aside_seconds: FiniteFloat = 0.0
    """Backfill: seconds that this slice spent on work that later slices do not repeat."""
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
    """It is tried again after a back-off, and counts as an attempt."""
    THROTTLED = "throttled"
    """It is tried again after `retry_after_seconds`; not a failure."""
    GRANT_INVALID = "grant-invalid"
    """The grant is invalid: only its status is requested until it works again; not a failure."""
    NOT_FOUND = "not-found"
    """The message or thread does not exist, or not yet."""


class SyncFinished(SyncReport):
    """An attempt at a task has ended; its outcome decides whether there is another."""

    type = "mail.sync-finished.v1"

    outcome: SyncOutcome
    error: str | None = None
    """The error in words, without mail content or secrets."""
    forbidden: bool = False
    """Whether it failed because the grant lacks the permission to read mail, so that repeating does not help."""
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
