"""What workers are asked for, and what they report."""

from enum import StrEnum
from typing import TypedDict
from uuid import UUID

from pydantic import BaseModel, ConfigDict, FiniteFloat

from mailtide_common.contracts.times import BEGINNING, UnixMicros, UnixSeconds
from mailtide_common.contracts.topics import BACKFILL_REQUESTS, SYNC_EVENTS, SYNC_REQUESTS, Topic

from .event import GrantEvent
from .mail import Lane


class SyncKind(StrEnum):
    """What a sync worker can be asked to do."""

    DELTA = "delta"
    BACKFILL = "backfill"
    MESSAGE = "message"
    THREAD = "thread"
    ACCOUNT = "account"
    AUDIT = "audit"
    """Hold the index of the whole mailbox against the database, repair, and count per folder."""
    PURGE = "purge"
    """Write tombstones for all that Kafka holds of a grant; with a message, for what it holds of that one."""


BULK_KINDS = frozenset({SyncKind.BACKFILL, SyncKind.AUDIT, SyncKind.PURGE})

NEWEST = UnixSeconds(253_402_300_800)
"""After any date: where a slice begins that begins at the newest message."""


FIRST_SYNC_ENDED = "grant.imap_sync_completed"
"""Reason of the backfill that follows the end of Nylas' first sync of an IMAP mailbox (docs: Webhooks, triggers)."""


class FolderCount(BaseModel):
    """What a comparison found in one folder; a message in several folders counts in each."""

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
    """What a comparison of the folders themselves found."""

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
    """New mail that a delta had to find, although a notification should long have told of it."""

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
    """Message: two observations were ambiguous, and this answer settles them."""
    deletion_seen: bool = False
    """Message: a deletion was notified, so a 404 confirms it. A 404 alone is never a deletion."""
    lane: Lane = Lane.SYNC
    """Message and thread: what made Mailtide see it; other kinds are what they are."""
    folders_only: bool = False
    """Account: only the folders may have changed; the grant's status is not asked for."""


class SyncWanted(SyncTarget):
    """Something shall be fetched, at once or later. The scheduler keeps the delay and merges equal requests."""

    type = "mail.sync-wanted.v1"
    default_topic = SYNC_EVENTS

    reason: str
    """Why, as a short fixed phrase."""
    not_before: UnixMicros = BEGINNING


class TaskFields(TypedDict):
    """What an event says about the task that it belongs to."""

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
        """For another event of the same task: `SyncFinished(**request.task, …)`."""
        return {"task_id": self.task_id, "run_id": self.run_id, "grant_id": self.grant_id, "kind": self.kind}


class SyncRequested(SyncTarget, TaskEvent):
    """A task that is due now. Repeating it is harmless."""

    type = "mail.sync-requested.v1"
    default_topic = SYNC_REQUESTS

    since: UnixSeconds | None = None
    """Delta: the watermark less the overlap; none lists from the beginning."""
    until: UnixSeconds | None = None
    """Delta: where a sliced listing goes on; none starts at the newest."""
    watermark: UnixSeconds | None = None
    """Delta: before the first slice's listing; the account's watermark once all is done."""
    window_seconds: int | None = None
    """Delta: how far back the index is compared with the database; none compares nothing."""
    repair: bool = True
    """Audit: ask for what is missing or differs. The pass that proves the result only counts."""
    start_date: UnixSeconds | None = None
    """Backfill: nothing before is wanted; none goes back to the beginning."""
    approved_folders: tuple[str, ...] = ()
    """Account: folders that a person has agreed to see deleted; each is asked for once more."""
    attempt: int = 1

    @property
    def bulk(self) -> bool:
        """Whether live work goes before it: a whole mailbox, or what follows the first slice of new mail."""
        return self.kind in BULK_KINDS or self.until is not None

    @property
    def topic(self) -> Topic:
        """Bulk work has a topic of its own."""
        return BACKFILL_REQUESTS if self.bulk else super().topic


class SyncReport(TaskEvent):
    """What a worker reports of the slice that it has published."""

    default_topic = SYNC_EVENTS

    synced_count: int = 0
    """Messages of this slice that are new or changed."""
    folders: tuple[FolderCount, ...] = ()
    """Audit: what this slice found."""
    folder_list: FoldersCompared | None = None
    """Audit: what the first slice found of the folders themselves."""
    contents: int = 0
    """Audit: messages of this slice whose whole content was compared."""
    unannounced: Unannounced | None = None
    """Delta: what no webhook brought of this slice."""


class SyncProgressed(SyncReport):
    """A slice of a long task is published; the scheduler asks for the next one."""

    type = "mail.sync-progressed.v1"

    slice_from: UnixSeconds | None = None
    """Where this slice began, as its request said, or `NEWEST`; None in old events."""
    until: UnixSeconds
    """Where the next slice goes on."""
    watermark: UnixSeconds
    """Before the first slice's listing."""
    oldest: UnixSeconds | None = None
    """Backfill: the mailbox's oldest message, for the time left."""
    aside_seconds: FiniteFloat = 0.0
    """Backfill: that this slice took beside its listing. Later slices do not, so the time left is without it."""
    at: UnixMicros


class Compared(StrEnum):
    """What an audit compared with the database."""

    IDS = "ids"
    STATE = "state"
    FOLDERS = "folders"
    CONTENT = "content"


class SyncOutcome(StrEnum):
    """How a task ended, named by what happens next."""

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
    """A task ended, for now or for good."""

    type = "mail.sync-finished.v1"

    outcome: SyncOutcome
    error: str | None = None
    """Why it failed, without mail content or secrets."""
    forbidden: bool = False
    """Failed: the grant is valid and lacks the permission to read mail, so that no repetition helps."""
    retry_after_seconds: FiniteFloat | None = None
    watermark: UnixSeconds | None = None
    """Delta: up to when nothing is missing."""
    compared: tuple[Compared, ...] = (Compared.IDS, Compared.STATE)
    """Audit: what was compared, in all slices."""
    started_at: UnixMicros
    finished_at: UnixMicros


class MailboxProven(GrantEvent):
    """An audit found nothing missing, extra or different: mailbox and rows agreed."""

    type = "mail.mailbox-proven.v1"
    default_topic = SYNC_EVENTS

    proven_at: UnixMicros
    """When the pass began that found nothing."""
    proves: tuple[Compared, ...]
    """What it compared."""
