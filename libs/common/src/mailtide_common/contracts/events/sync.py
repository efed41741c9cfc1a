"""What workers are asked for, and what they report."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from mailtide_common.contracts.keys import part
from mailtide_common.contracts.topics import BACKFILL_REQUESTS, SYNC_EVENTS, SYNC_REQUESTS, Topic

from .event import Event
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

NEWEST = 253_402_300_800
"""Unix seconds after any date: where a slice begins that begins at the newest message."""


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
    oldest: int
    """Unix seconds, by the messages' dates; the same for `newest`."""
    newest: int


class SyncRequested(Event):
    """A task that is due now. Repeating it is harmless."""

    type: ClassVar[str] = "mail.sync-requested.v1"

    task_id: UUID
    run_id: UUID | None = None
    grant_id: str
    kind: SyncKind
    since: int | None = None
    """Delta: unix seconds of the watermark less the overlap; none lists from the beginning."""
    until: int | None = None
    """Delta: unix seconds where a sliced listing goes on; none starts at the newest."""
    watermark: int | None = None
    """Delta: unix seconds before the first slice's listing; the account's watermark once all is done."""
    message_id: str | None = None
    thread_id: str | None = None
    follow_up: bool = False
    """Message: two observations were ambiguous, and this answer settles them."""
    deletion_seen: bool = False
    """Message: a deletion was notified, so a 404 confirms it. A 404 alone is never a deletion."""
    lane: Lane = Lane.SYNC
    """Message and thread: what made Mailtide see it; other kinds are what they are."""
    window_seconds: int | None = None
    """Delta: how far back the index is compared with the database; none compares nothing."""
    repair: bool = True
    """Audit: ask for what is missing or differs. The pass that proves the result only counts."""
    start_date: int | None = None
    """Backfill: unix seconds before which nothing is wanted; none goes back to the beginning."""
    folders_only: bool = False
    """Account: list the folders, and do not ask for the grant's status."""
    approved_folders: tuple[str, ...] = ()
    """Account: folders that a person has agreed to see deleted; each is asked for once more."""
    attempt: int = 1

    @property
    def bulk(self) -> bool:
        """Whether live work goes before it: a whole mailbox, or what follows the first slice of new mail."""
        return self.kind in BULK_KINDS or self.until is not None

    def topic(self) -> Topic:
        """Bulk work has a lane of its own."""
        return BACKFILL_REQUESTS if self.bulk else SYNC_REQUESTS

    def key(self) -> str:
        """`grant`."""
        return part(self.grant_id)


class SyncWanted(Event):
    """Something shall be fetched, at once or later. The scheduler keeps the delay and merges equal wishes."""

    type: ClassVar[str] = "mail.sync-wanted.v1"

    grant_id: str
    kind: SyncKind
    reason: str
    """Why, as a short fixed phrase."""
    not_before: int = 0
    """Microseconds since 1970."""
    message_id: str | None = None
    thread_id: str | None = None
    follow_up: bool = False
    deletion_seen: bool = False
    lane: Lane = Lane.SYNC
    """Message and thread: what made Mailtide see it."""
    folders_only: bool = False
    """Account: only the folders may have changed."""

    def topic(self) -> Topic:
        """What the scheduler listens to."""
        return SYNC_EVENTS

    def key(self) -> str:
        """`grant`."""
        return part(self.grant_id)


class SyncProgressed(Event):
    """A slice of a long task is published; the scheduler asks for the next one."""

    type: ClassVar[str] = "mail.sync-progressed.v1"

    task_id: UUID
    run_id: UUID | None = None
    grant_id: str
    kind: SyncKind
    slice_from: int | None = None
    """Unix seconds where this slice began, as its request said, or `NEWEST`; None in old events."""
    until: int
    """Unix seconds where the next slice goes on."""
    watermark: int
    """Unix seconds before the first slice's listing."""
    synced_count: int
    """Messages of this slice that are new or changed."""
    oldest: int | None = None
    """Backfill: unix seconds of the mailbox's oldest message, for the time left."""
    aside_seconds: float = 0.0
    """Backfill: that this slice took beside its listing. Later slices do not, so the time left is without it."""
    folders: tuple[FolderCount, ...] = ()
    """Audit: what this slice found."""
    folder_list: FoldersCompared | None = None
    """Audit: what the first slice found of the folders themselves."""
    contents: int = 0
    """Audit: messages of this slice whose whole content was compared."""
    unannounced: Unannounced | None = None
    """Delta: what no webhook brought of this slice."""
    at: int
    """Microseconds since 1970."""

    def topic(self) -> Topic:
        """What the scheduler listens to."""
        return SYNC_EVENTS

    def key(self) -> str:
        """`grant`."""
        return part(self.grant_id)


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


class SyncFinished(Event):
    """A task ended, for now or for good."""

    type: ClassVar[str] = "mail.sync-finished.v1"

    task_id: UUID
    run_id: UUID | None = None
    grant_id: str
    kind: SyncKind
    outcome: SyncOutcome
    synced_count: int = 0
    """Messages of the last slice that are new or changed."""
    error: str | None = None
    """Why it failed, without mail content or secrets."""
    forbidden: bool = False
    """Failed: the grant is valid and lacks the permission to read mail, so that no repetition helps."""
    retry_after_seconds: float | None = None
    watermark: int | None = None
    """Delta: unix seconds up to which nothing is missing."""
    folders: tuple[FolderCount, ...] = ()
    """Audit: what the last slice found."""
    folder_list: FoldersCompared | None = None
    """Audit: what its only slice found of the folders themselves."""
    contents: int = 0
    """Audit: messages of the last slice whose whole content was compared."""
    compared: tuple[Compared, ...] = (Compared.IDS, Compared.STATE)
    """Audit: what was compared, in all slices."""
    unannounced: Unannounced | None = None
    """Delta: what no webhook brought of the last slice."""
    started_at: int
    """Microseconds since 1970."""
    finished_at: int
    """Microseconds since 1970."""

    def topic(self) -> Topic:
        """What the scheduler and the persister listen to."""
        return SYNC_EVENTS

    def key(self) -> str:
        """`grant`."""
        return part(self.grant_id)


class MailboxProven(Event):
    """An audit found nothing missing, extra or different: mailbox and rows agreed."""

    type: ClassVar[str] = "mail.mailbox-proven.v1"

    grant_id: str
    proven_at: int
    """Microseconds since 1970 when the pass began that found nothing."""
    proves: tuple[Compared, ...]
    """What it compared."""

    def topic(self) -> Topic:
        """The events that the persister consumes."""
        return SYNC_EVENTS

    def key(self) -> str:
        """`grant`."""
        return part(self.grant_id)
