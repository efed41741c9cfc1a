"""Events of a mailbox' contents: messages, as content and state, and folders."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from mailtide_common.contracts.keys import part
from mailtide_common.contracts.times import UnixSeconds
from mailtide_common.contracts.topics import FOLDERS, MESSAGES
from mailtide_common.contracts.versions import Version

from .event import GrantEvent


class Address(BaseModel):
    """A mail participant. Nylas often omits the name, and sometimes the address (docs: Messages, `from`)."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    name: str | None = None
    email: str | None = None


class Attachment(BaseModel):
    """Metadata of a message's part (docs: Attachments)."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    id: str
    filename: str | None = None
    content_type: str | None = None
    size: int | None = None
    """Bytes, approximate: Nylas counts encoding overhead."""
    content_id: str | None = None
    is_inline: bool = False


class Lane(StrEnum):
    """Why a message was found. An application that announces new mail uses only `live`.

    It follows a message through all requests and fetches. Where an old event does not say, it is not live.
    """

    LIVE = "live"
    SYNC = "sync"
    BACKFILL = "backfill"


class MessageContent(GrantEvent):
    """The content of a message: large, and practically constant."""

    type = "mail.message-content.v1"
    default_topic = MESSAGES

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
    received_at: UnixSeconds
    """Nylas' date, or the time of receipt if that is missing or absurd (then `sanitised`)."""
    attachments: tuple[Attachment, ...]
    sanitised: bool = False
    """Whether anything had to be altered to be storable; the original bytes are in `mail.notifications.v1`."""
    content_hash: str
    """Digest of all fields above; equal digests mean that there is nothing to store."""
    core_hash: str
    """Digest of the fields that `message.updated` carries too (it omits bcc, reply_to and attachments)."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)

    @property
    def key(self) -> str:
        """`grant/message/content`."""
        return f"{super().key}/{part(self.message_id)}/content"


class MessageState(GrantEvent):
    """The state of a message: flags, folders, or deleted. Small, and changes often.

    Deletion is a state, not an absence, so a late update cannot restore a message. A deleted message has no flags
    and is in no folder.
    """

    type = "mail.message-state.v1"
    default_topic = MESSAGES

    message_id: str
    version: Version
    lane: Lane = Lane.SYNC
    unread: bool = False
    starred: bool = False
    folders: tuple[str, ...] = ()
    deleted: bool = False

    @property
    def key(self) -> str:
        """The record's key: `grant/message/state`."""
        return f"{super().key}/{part(self.message_id)}/state"


class Folder(GrantEvent):
    """A folder or label of a mailbox."""

    type = "mail.folder.v1"
    default_topic = FOLDERS

    folder_id: str
    version: Version
    name: str | None = None
    attributes: tuple[str, ...] = ()
    """System roles such as `\\Inbox`; the only way to tell what a folder is for."""
    deleted: bool = False

    @property
    def key(self) -> str:
        """`grant/folder`."""
        return f"{super().key}/{part(self.folder_id)}"
