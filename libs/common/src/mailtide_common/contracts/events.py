"""The events on Mailtide's topics.

A meaning never changes under a version number: a new meaning is a new class with a new type. Events are
whole: each one that goes to a compacted topic says everything about its key, because compaction keeps only
the last.
"""

from abc import ABC, abstractmethod
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from .keys import part
from .topics import (
    ACCOUNTS,
    BACKFILL_REQUESTS,
    FOLDERS,
    MESSAGES,
    SYNC_EVENTS,
    SYNC_REQUESTS,
    WEBHOOK_SECRETS,
    Topic,
)
from .versions import Version


class Event(BaseModel, ABC):
    """Something that happened or is wanted, as it travels through Kafka."""

    model_config = ConfigDict(frozen=True)

    type: ClassVar[str]
    """Value of the record's `type` header."""

    @abstractmethod
    def topic(self) -> Topic:
        """The topic this event belongs to."""

    @abstractmethod
    def key(self) -> str:
        """The record's key."""


class Address(BaseModel):
    """A mail participant. Nylas often omits the name, and sometimes the address (docs: Messages, `from`)."""

    model_config = ConfigDict(frozen=True)

    name: str | None = None
    email: str | None = None


class Attachment(BaseModel):
    """Metadata of a message's part (docs: Attachments)."""

    model_config = ConfigDict(frozen=True)

    id: str
    filename: str | None = None
    content_type: str | None = None
    size: int | None = None
    """Bytes, approximate: Nylas counts encoding overhead."""
    content_id: str | None = None
    is_inline: bool = False


class Lane(StrEnum):
    """What made Mailtide see a message; a notifier speaks up only about live mail.

    It follows a message through wishes, requests and fetches. Where an old event does not say, it is not live.
    """

    LIVE = "live"
    SYNC = "sync"
    BACKFILL = "backfill"


class MessageContent(Event):
    """What a message says. Practically never changes, and is large."""

    type: ClassVar[str] = "mail.message-content.v1"

    grant_id: str
    message_id: str
    version: Version
    lane: Lane
    thread_id: str | None
    subject: str | None
    snippet: str | None
    from_: tuple[Address, ...] = Field(alias="from")
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    body: str | None
    """Nylas' `body`, verbatim."""
    received_at: int
    """Unix seconds. The moment of receipt where Nylas' date is missing or absurd, then `sanitised`."""
    attachments: tuple[Attachment, ...]
    sanitised: bool = False
    """Something had to be altered to be storable; the original bytes are in `mail.notifications.v1`."""
    content_hash: str
    """Digest of all of the above that Nylas said; equal means nothing to store."""
    core_hash: str
    """Digest of the fields that `message.updated` carries too (it omits bcc, reply_to and attachments)."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)

    def topic(self) -> Topic:
        """The compacted image of all mailboxes."""
        return MESSAGES

    def key(self) -> str:
        """`grant/message/content`."""
        return f"{part(self.grant_id)}/{part(self.message_id)}/content"


class MessageState(Event):
    """How a message stands: flags, folders, or deleted. Changes often, and is tiny.

    Deleted is a state, never absence, so a late update cannot resurrect a message. A deleted message has no
    flags and is in no folder.
    """

    type: ClassVar[str] = "mail.message-state.v1"

    grant_id: str
    message_id: str
    version: Version
    lane: Lane = Lane.SYNC
    unread: bool = False
    starred: bool = False
    folders: tuple[str, ...] = ()
    deleted: bool = False

    def topic(self) -> Topic:
        """The compacted image of all mailboxes."""
        return MESSAGES

    def key(self) -> str:
        """`grant/message/state`."""
        return f"{part(self.grant_id)}/{part(self.message_id)}/state"


class Folder(Event):
    """A folder or label of a mailbox."""

    type: ClassVar[str] = "mail.folder.v1"

    grant_id: str
    folder_id: str
    version: Version
    name: str | None = None
    attributes: tuple[str, ...] = ()
    """System roles such as `\\Inbox`; the only way to tell what a folder is for."""
    deleted: bool = False

    def topic(self) -> Topic:
        """The compacted image of all folders."""
        return FOLDERS

    def key(self) -> str:
        """`grant/folder`."""
        return f"{part(self.grant_id)}/{part(self.folder_id)}"


class AccountStatus(StrEnum):
    """What may be done with an account."""

    ACTIVE = "active"
    PAUSED = "paused"
    INVALID = "invalid"
    REMOVED = "removed"


class Account(Event):
    """The whole snapshot of a connected mailbox.

    None means unknown, and leaves what is stored as it is.
    """

    type: ClassVar[str] = "mail.account.v1"

    grant_id: str
    version: Version
    status: AccountStatus
    user_id: str | None = None
    email_address: str | None = None
    display_name: str | None = None
    provider: str | None = None
    connected_at: int | None = None
    """Microseconds since 1970."""
    webhook_subscription_id: str | None = None

    def topic(self) -> Topic:
        """The compacted image of all accounts."""
        return ACCOUNTS

    def key(self) -> str:
        """`grant`."""
        return part(self.grant_id)


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
    """Write tombstones for all that Kafka holds of a grant."""


BULK_KINDS = frozenset({SyncKind.BACKFILL, SyncKind.AUDIT, SyncKind.PURGE})


class FolderCount(BaseModel):
    """What a comparison found in one folder; a message in several folders counts in each."""

    model_config = ConfigDict(frozen=True)

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


class Unannounced(BaseModel):
    """New mail that a delta had to find, although a notification should long have told of it."""

    model_config = ConfigDict(frozen=True)

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

    def topic(self) -> Topic:
        """What the scheduler listens to."""
        return SYNC_EVENTS

    def key(self) -> str:
        """`grant`."""
        return part(self.grant_id)


NEWEST = 253_402_300_800
"""Unix seconds after any date: where a slice begins that begins at the newest message."""


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
    retry_after_seconds: float | None = None
    watermark: int | None = None
    """Delta: unix seconds up to which nothing is missing."""
    folders: tuple[FolderCount, ...] = ()
    """Audit: what the last slice found."""
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


class DeletionsHeld(Event):
    """A clean pass misses so many messages that a person shall decide: more than the guard's share of the account.

    Nothing is deleted. Approved, each message is asked for once more, and only a 404 deletes it.
    """

    type: ClassVar[str] = "mail.deletions-held.v1"

    task_id: UUID
    grant_id: str
    message_ids: tuple[str, ...]
    """Some of them; a pass may hold them in several events."""
    at: int
    """Microseconds since 1970."""

    def topic(self) -> Topic:
        """What the scheduler listens to."""
        return SYNC_EVENTS

    def key(self) -> str:
        """`grant`."""
        return part(self.grant_id)


class AlertKind(StrEnum):
    """What a person should know about."""

    WEBHOOK_DOWN = "webhook-down"
    WEBHOOK_RESTORED = "webhook-restored"
    WEBHOOK_SILENT = "webhook-silent"
    GRANT_INVALID = "grant-invalid"
    DELETIONS_HELD = "deletions-held"


class AlertRaised(Event):
    """Something happened that a person should know about. One incident, one alert."""

    type: ClassVar[str] = "mail.alert-raised.v1"

    kind: AlertKind
    subject: str
    """Grant id or destination id; also what the record is keyed by."""
    reason: str
    """What happened, without mail content or secrets."""
    at: int
    """Microseconds since 1970."""

    def topic(self) -> Topic:
        """What the scheduler and, later, the notifier listen to."""
        return SYNC_EVENTS

    def key(self) -> str:
        """The subject."""
        return part(self.subject)


class WebhookSecret(Event):
    """A destination's signing secret, for every ingress to follow.

    `pending` is published before Nylas is asked for a secret: until it is replaced, a delivery that no known
    secret matches may be signed with one that Nylas handed out a moment ago, and is answered 503, not 401.
    """

    type: ClassVar[str] = "mail.webhook-secret.v1"

    destination_id: str
    status: Literal["pending", "current", "previous"]
    ciphertext: str | None
    """The secret, encrypted with SECRET_KEY; none while pending."""
    changed_at: int
    """Microseconds since 1970."""
    expires_at: int | None = None
    """Microseconds since 1970: a pending mark or a previous secret counts until then."""

    def topic(self) -> Topic:
        """Read whole by every ingress."""
        return WEBHOOK_SECRETS

    def key(self) -> str:
        """The destination."""
        return part(self.destination_id)


EVENT_TYPES: tuple[type[Event], ...] = (
    MessageContent,
    MessageState,
    Folder,
    Account,
    SyncRequested,
    SyncWanted,
    SyncProgressed,
    SyncFinished,
    DeletionsHeld,
    AlertRaised,
    WebhookSecret,
)
