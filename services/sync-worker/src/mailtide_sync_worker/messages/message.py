"""Translates a Nylas message, from a notification or an API answer, into content and state. Pure."""

import hashlib
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

from mailtide_common.contracts.events import Address, Attachment, Lane, MessageContent, MessageState
from mailtide_common.contracts.times import UnixSeconds, in_seconds
from mailtide_common.contracts.versions import Version
from mailtide_sync_worker import limits

from .nylas_json import Json, Reader

EARLIEST_DATE = UnixSeconds(0)
LATEST_DATE = UnixSeconds(7_258_118_400)
"""1970-01-01 and 2200-01-01. A date outside this range is implausible, and replaced by the time of the
observation."""


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a message. None stands for an omitted field (`nylas_json`), or an empty `thread_id`."""

    thread_id: str | None
    subject: str | None
    snippet: str | None
    from_: tuple[Address, ...] | None
    to: tuple[Address, ...] | None
    cc: tuple[Address, ...] | None
    bcc: tuple[Address, ...] | None
    reply_to: tuple[Address, ...] | None
    body: str | None
    date: UnixSeconds | None
    attachments: tuple[Attachment, ...] | None

    @property
    def complete(self) -> bool:
        return all(getattr(self, field.name) is not None for field in fields(self))

    @property
    def filled(self) -> frozenset[str]:
        """Names of the non-empty fields."""
        return frozenset(field.name for field in fields(self) if getattr(self, field.name))

    @property
    def core_complete(self) -> bool:
        """Whether all fields of the core digest are present, as normally in `message.updated`."""
        return all(getattr(self, name) is not None for name in _CORE)

    @property
    def content_hash(self) -> str:
        return self.hashes().content

    @property
    def core_hash(self) -> str:
        return self.hashes().core

    def hashes(self) -> "Hashes":
        """Return the digests of all fields and of the core fields, with one pass over the body."""
        digest = hashlib.sha256()
        self._update(digest, _CORE)
        core = digest.hexdigest()
        self._update(digest, _BEYOND_CORE)
        return Hashes(digest.hexdigest()[:_HASH_LENGTH], core[:_HASH_LENGTH])

    def _update(self, digest: "hashlib._Hash", names: tuple[str, ...]) -> None:
        for name in names:
            digest.update(f"\x1e{name}\x1f".encode())
            digest.update(_canonical(getattr(self, name)))


class Hashes(NamedTuple):
    """Digests of a content, 32 hexadecimal digits each.

    Attributes:
        content: digest of all fields, without the ids of attachments, which may change between fetches.
        core: digest of the fields that `message.updated` normally contains (docs: Notifications, event
            schemas): thread, subject, body, date, `from`, `to` and `cc`.
    """

    content: str
    core: str


_CORE = ("thread_id", "subject", "from_", "to", "cc", "body", "date")
_BEYOND_CORE = tuple(field.name for field in fields(Content) if field.name not in _CORE)
_HASH_LENGTH = 32


@dataclass(frozen=True, slots=True)
class State:
    """The state of a message. None stands for an omitted field (see `nylas_json`)."""

    unread: bool | None
    starred: bool | None
    folders: tuple[str, ...] | None

    @property
    def complete(self) -> bool:
        return self.unread is not None and self.starred is not None and self.folders is not None


@dataclass(frozen=True, slots=True)
class Message:
    """A message as an answer or a notification contains it."""

    grant_id: str
    message_id: str
    content: Content
    state: State
    altered: bool
    """Whether a text had to be altered to be storable."""


CONTENT_FIELDS = frozenset(field.name for field in fields(Content))
STATE_FIELDS = frozenset(field.name for field in fields(State))

UNKNOWN_BY_SUFFIX: Mapping[str, AbstractSet[str]] = {
    "truncated": {"body", "attachments"},
    "metadata": {"body", "snippet", "attachments", "bcc", "reply_to"},
    "transformed": CONTENT_FIELDS | STATE_FIELDS,
}


def read_message(source: Json, grant_id: str, message_id: str | None = None) -> Message | None:
    """Return the message in an object, or None if there is no id.

    The message's id is `message_id`, the id that was requested. If that is None, it is the object's own.
    """
    reader = Reader(source)
    message_id = message_id or reader.text("id")
    if not message_id:
        return None
    content = Content(
        thread_id=reader.text("thread_id") or None,
        subject=reader.text("subject"),
        snippet=reader.text("snippet"),
        from_=reader.addresses("from"),
        to=reader.addresses("to"),
        cc=reader.addresses("cc"),
        bcc=reader.addresses("bcc"),
        reply_to=reader.addresses("reply_to"),
        body=reader.text("body"),
        date=reader.seconds("date"),
        attachments=reader.attachments("attachments"),
    )
    state = State(
        unread=reader.flag("unread"), starred=reader.flag("starred"), folders=reader.texts("folders")
    )
    return Message(grant_id, message_id, content, state, reader.altered)


def without_unknown(message: Message, suffixes: AbstractSet[str]) -> Message:
    """Return the message without the fields whose values are unknown because of a notification's suffixes.

    The values in the notification are ignored. In a captured `.truncated`, body and attachments were present
    and empty (nylas-python issue 384). By the documentation, the body is omitted, and attachments are kept
    (docs: Notifications, suffixes).
    """
    unknown = {field for suffix in suffixes for field in UNKNOWN_BY_SUFFIX.get(suffix, ())}
    if not unknown:
        return message
    content = replace(message.content, **dict.fromkeys(unknown & CONTENT_FIELDS))
    state = replace(message.state, **dict.fromkeys(unknown & STATE_FIELDS))
    return replace(message, content=content, state=state)


def content_event(message: Message, version: Version, lane: Lane) -> MessageContent:
    """Return the content event of a message.

    An omitted or implausible date is replaced by the time of the observation. A body that is too long is cut.
    Such events are marked as `sanitised`, as are events with a text that was altered to be storable. The
    digests are those of the content as it was received.
    """
    content = message.content
    body = _fitting(content.body)
    hashes = content.hashes()
    date_fits = content.date is not None and EARLIEST_DATE <= content.date < LATEST_DATE
    return MessageContent(
        grant_id=message.grant_id,
        message_id=message.message_id,
        version=version,
        lane=lane,
        thread_id=content.thread_id,
        subject=content.subject,
        snippet=content.snippet,
        from_=content.from_ or (),
        to=content.to or (),
        cc=content.cc or (),
        bcc=content.bcc or (),
        reply_to=content.reply_to or (),
        body=body,
        received_at=content.date
        if date_fits and content.date is not None
        else in_seconds(version.observed_at),
        attachments=content.attachments or (),
        sanitised=message.altered or not date_fits or body != content.body,
        content_hash=hashes.content,
        core_hash=hashes.core,
    )


def state_event(message: Message, version: Version, lane: Lane) -> MessageState:
    """Return the state event of a message. Omitted flags become false, and omitted folders an empty list."""
    return MessageState(
        grant_id=message.grant_id,
        message_id=message.message_id,
        version=version,
        lane=lane,
        unread=message.state.unread or False,
        starred=message.state.starred or False,
        folders=message.state.folders or (),
    )


def deleted_event(grant_id: str, message_id: str, version: Version, lane: Lane) -> MessageState:
    return MessageState(grant_id=grant_id, message_id=message_id, version=version, lane=lane, deleted=True)


def _fitting(body: str | None) -> str | None:
    if body is None or len(body) * 4 <= limits.MAX_BODY_BYTES:
        return body
    encoded = body.encode()
    return (
        body
        if len(encoded) <= limits.MAX_BODY_BYTES
        else encoded[: limits.MAX_BODY_BYTES].decode("utf-8", "ignore")
    )


def _canonical(value: object) -> bytes:
    """Return the bytes by which a value is hashed. Those of None and of an empty value differ."""
    match value:
        case None:
            return b"\x00"
        case str():
            return b"s" + value.encode()
        case int():
            return b"i" + str(value).encode()
        case tuple():
            return b"[" + b"\x1d".join(_canonical(item) for item in value) + b"]"
        case Address():
            return b"a" + _canonical(value.name) + b"\x1c" + _canonical(value.email)
        case Attachment():
            parts = (value.filename, value.content_type, value.content_id, value.size, int(value.is_inline))
            return b"t" + b"\x1c".join(_canonical(part) for part in parts)
        case _:
            raise TypeError(f"cannot hash a {type(value).__name__} as part of a message's content")
