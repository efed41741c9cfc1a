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
    """Compare the index of the whole mailbox with the database, repair, and count per folder."""
    PURGE = "purge"
    """Write tombstones for everything that Kafka holds of a grant, or of one message if it is named."""


BULK_KINDS = frozenset({SyncKind.BACKFILL, SyncKind.AUDIT, SyncKind.PURGE})

NEWEST = UnixSeconds(253_402_300_800)
"""Later than any date: the start of a slice that begins at the newest message."""


FIRST_SYNC_ENDED = "grant.imap_sync_completed"
"""Reason of the backfill that follows the end of Nylas' first sync of an IMAP mailbox (docs: Webhooks, triggers)."""


class FolderCount(BaseModel):
    """Messages of a folder that a comparison counted; a message in several folders counts in each."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    folder_id: str
    in_account: int = 0
    """Messages that the mailbox lists."""
    synced: int = 0
    """Of those, in the database as they are listed."""
    missing: int = 0
    """Listed, but not in the database."""
    extra: int = 0
    """In the database, but not listed."""
    differing: int = 0
    """In both, with other flags, folders or thread."""


class FoldersCompared(BaseModel):
    """Folders that a comparison counted."""

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
    """In both, with another name or other attributes, or without a name."""


class Unannounced(BaseModel):
    """New mail that a delta found and a notification should have announced before."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    messages: int
    oldest: UnixSeconds
    """By the messages' dates, as `newest`."""
    newest: UnixSeconds


class SyncTarget(GrantEvent):
    """What to synchronise of a grant."""

    kind: SyncKind
    message_id: str | None = None
    thread_id: str | None = None
    follow_up: bool = False
    """Message: this answer resolves two contradicting observations."""
    deletion_seen: bool = False
    """Message: a deletion was notified, so a 404 confirms it. A 404 alone is never a deletion."""
    lane: Lane = Lane.SYNC
    """Message and thread: why it was found; other kinds imply it."""
    folders_only: bool = False
    """Account: only the folders may have changed; the grant's status is not fetched."""


class SyncWanted(SyncTarget):
    """A request for a fetch, now or later. The scheduler delays it and merges equal requests."""

    type = "mail.sync-wanted.v1"
    default_topic = SYNC_EVENTS

    reason: str
    """The reason, as a short fixed phrase."""
    not_before: UnixMicros = BEGINNING


class TaskFields(TypedDict):
    """The fields of an event that identify its task."""

    task_id: UUID
    run_id: UUID | None
    grant_id: str
    kind: SyncKind


class TaskEvent(GrantEvent):
    """An event that belongs to a task."""

    task_id: UUID
    run_id: UUID | None = None
    kind: SyncKind

    @property
    def task(self) -> TaskFields:
        """The fields for another event of the same task: `SyncFinished(**request.task, …)`."""
        return {"task_id": self.task_id, "run_id": self.run_id, "grant_id": self.grant_id, "kind": self.kind}


class SyncRequested(SyncTarget, TaskEvent):
    """A task that is due now. Repeating it is harmless."""

    type = "mail.sync-requested.v1"
    default_topic = SYNC_REQUESTS

    since: UnixSeconds | None = None
    """Delta: the watermark less the overlap; None lists from the beginning."""
    until: UnixSeconds | None = None
    """Delta: where a sliced listing continues; None starts at the newest."""
    watermark: UnixSeconds | None = None
    """Delta: time before the first slice's listing; the account's watermark after the last one."""
    window_seconds: int | None = None
    """Delta: how far back the index is compared with the database; None compares nothing."""
    repair: bool = True
    """Audit: request what is missing or differs. A proving pass only counts."""
    start_date: UnixSeconds | None = None
    """Backfill: mail before is not listed; None goes back to the beginning."""
    approved_folders: tuple[str, ...] = ()
    """Account: folders whose deletion an operator has approved; each is fetched once more."""
    attempt: int = 1

    @property
    def bulk(self) -> bool:
        """Whether live work goes first: a whole mailbox, or the slices after the first one of new mail."""
        return self.kind in BULK_KINDS or self.until is not None

    @property
    def topic(self) -> Topic:
        """Bulk work has a topic of its own."""
        return BACKFILL_REQUESTS if self.bulk else super().topic


class SyncReport(TaskEvent):
    """Base of a worker's reports: what the latest slice of a task found."""

    default_topic = SYNC_EVENTS

    synced_count: int = 0
    """Messages of this slice that are new or changed."""
    folders: tuple[FolderCount, ...] = ()
    """Audit: counts of this slice."""
    folder_list: FoldersCompared | None = None
    """Audit: counts of the folders themselves, from the first slice."""
    contents: int = 0
    """Audit: messages of this slice whose whole content was compared."""
    unannounced: Unannounced | None = None
    """Delta: unannounced mail of this slice."""


class SyncProgressed(SyncReport):
    """A slice of a long task is published; the scheduler requests the next one."""

    type = "mail.sync-progressed.v1"

    slice_from: UnixSeconds | None = None
    """Where this slice began, according to its request, or `NEWEST`; None in old events."""
    until: UnixSeconds
    """Where the next slice continues."""
    watermark: UnixSeconds
    """Time before the first slice's listing."""
    oldest: UnixSeconds | None = None
    """Backfill: date of the mailbox' oldest message, for the estimate."""
    aside_seconds: FiniteFloat = 0.0
    """Backfill: time of this slice besides its listing, which later slices do not need."""
    at: UnixMicros


class Compared(StrEnum):
    """A kind of data that an audit compares."""

    IDS = "ids"
    STATE = "state"
    FOLDERS = "folders"
    CONTENT = "content"


class SyncOutcome(StrEnum):
    """The outcome of a task, named by what follows."""

    OK = "ok"
    FAILED = "failed"
    """Try again with back-off; counts as an attempt."""
    THROTTLED = "throttled"
    """Try again after `retry_after_seconds`; not a failure."""
    GRANT_INVALID = "grant-invalid"
    """The grant is dead: no further calls until it is connected again; not a failure."""
    NOT_FOUND = "not-found"
    """The message or thread is not there (yet)."""


class SyncFinished(SyncReport):
    """A task has ended, or is to be repeated later."""

    type = "mail.sync-finished.v1"

    outcome: SyncOutcome
    error: str | None = None
    """The error, without mail content or secrets."""
    forbidden: bool = False
    """Failed because the grant is valid but lacks the permission to read mail, so repeating does not help."""
    retry_after_seconds: FiniteFloat | None = None
    watermark: UnixSeconds | None = None
    """Delta: time up to which nothing is missing."""
    compared: tuple[Compared, ...] = (Compared.IDS, Compared.STATE)
    """Audit: the kinds of data that all slices compared."""
    started_at: UnixMicros
    finished_at: UnixMicros


class MailboxProven(GrantEvent):
    """An audit found nothing missing, extra or different: mailbox and rows agreed."""

    type = "mail.mailbox-proven.v1"
    default_topic = SYNC_EVENTS

    proven_at: UnixMicros
    """Start of the pass without findings."""
    proves: tuple[Compared, ...]
    """The kinds of data that it compared."""
