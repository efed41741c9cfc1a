"""The objects in a mailbox: messages, attachments and folders, and how the API shows them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Text = Callable[[], str]
Bytes = Callable[[], bytes]

NOT_IN_UPDATES = ("bcc", "reply_to", "attachments")
"""Fields that the published schema of message.updated does not list (docs: message.updated)."""


def text(value: str) -> Text:
    return lambda: value


def data(value: bytes) -> Bytes:
    return lambda: value


def nothing() -> list[tuple[str, str]]:
    return []


@dataclass(slots=True)
class Attachment:
    """A part of a message that can be downloaded. ``size`` (bytes) may be approximate, as at Nylas."""

    id: str
    filename: str | None
    content_type: str
    size: int
    content: Bytes
    content_id: str | None = None
    is_inline: bool = False

    def shape(self, grant_id: str) -> Json:
        disposition = "inline" if self.is_inline else "attachment"
        shown: Json = {
            "id": self.id,
            "grant_id": grant_id,
            "content_type": self.content_type,
            "size": self.size,
            "is_inline": self.is_inline,
            "content_disposition": f'{disposition}; filename="{self.filename}"'
            if self.filename
            else disposition,
        }
        if self.filename is not None:
            shown["filename"] = self.filename
        if self.content_id is not None:
            shown["content_id"] = self.content_id
        return shown


@dataclass(slots=True)
class Message:
    """A message.

    The API shows the fields in ``raw`` as they were given, valid or not. It does not show the fields in
    ``omitted``.

    ``date`` is in Unix seconds. ``place``, which `Mailbox.add` sets, is the position in listings: the date,
    and a serial number.
    """

    id: str
    thread_id: str
    date: int
    subject: str
    senders: list[Json]
    to: list[Json]
    folders: list[str]
    snippet: str
    body: Text
    cc: list[Json] = field(default_factory=list)
    bcc: list[Json] = field(default_factory=list)
    reply_to: list[Json] = field(default_factory=list)
    unread: bool = True
    starred: bool = False
    attachments: list[Attachment] = field(default_factory=list)
    metadata: Json = field(default_factory=dict)
    headers: Callable[[], list[tuple[str, str]]] = nothing
    mime: Bytes | None = None
    raw: Json = field(default_factory=dict)
    omitted: frozenset[str] = frozenset()
    place: tuple[int, int] = (0, 0)

    def shape(self, grant_id: str) -> Json:
        shown: Json = {
            "object": "message",
            "id": self.id,
            "grant_id": grant_id,
            "thread_id": self.thread_id,
            "subject": self.subject,
            "from": self.senders,
            "to": self.to,
            "cc": self.cc,
            "bcc": self.bcc,
            "reply_to": self.reply_to,
            "date": self.date,
            "unread": self.unread,
            "starred": self.starred,
            "folders": list(self.folders),
            "snippet": self.snippet,
            "body": self.body(),
            "attachments": [part.shape(grant_id) for part in self.attachments],
        }
        if self.metadata:
            shown["metadata"] = dict(self.metadata)
        shown.update(self.raw)
        for name in self.omitted:
            shown.pop(name, None)
        return shown

    def selected(self, grant_id: str, names: list[str]) -> Json:
        """Return only the named top-level fields. The body is generated only if it is among them."""
        built, self.body = self.body, self.body if "body" in names else text("")
        try:
            shown = self.shape(grant_id)
        finally:
            self.body = built
        return {name: shown[name] for name in names if name in shown}


@dataclass(slots=True)
class Folder:
    r"""A folder or label. ``attributes`` contain its role, such as ``\Inbox``, if it has one."""

    id: str
    name: str
    attributes: list[str] = field(default_factory=list)
    parent_id: str | None = None
    system: bool = False

    def shape(self, grant_id: str, total: int, unread: int) -> Json:
        """Return the folder as the API shows it, with its numbers of all and of unread messages."""
        shown: Json = {
            "object": "folder",
            "id": self.id,
            "grant_id": grant_id,
            "name": self.name,
            "attributes": list(self.attributes),
            "system_folder": self.system,
            "total_count": total,
            "unread_count": unread,
        }
        if self.parent_id is not None:
            shown["parent_id"] = self.parent_id
        return shown

    def notice(self, grant_id: str) -> Json:
        return {
            "object": "folder",
            "id": self.id,
            "grant_id": grant_id,
            "name": self.name,
            "system_folder": self.system,
        }


ChangeKind = Literal[
    "message.created",
    "message.updated",
    "message.deleted",
    "folder.created",
    "folder.updated",
    "folder.deleted",
]


@dataclass(frozen=True, slots=True)
class Change:
    """A change in a mailbox. ``object_id`` is the id of the message or folder."""

    kind: ChangeKind
    email: str
    message: Message | None = None
    folder: Folder | None = None
    object_id: str = ""
