"""Events of messages, each as content and state, and of folders."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from mailtide_common.contracts.keys import part
from mailtide_common.contracts.times import UnixSeconds
from mailtide_common.contracts.topics import FOLDERS, MESSAGES
from mailtide_common.contracts.versions import Version

from .event import GrantEvent


class Address(BaseModel):
    """A sender or recipient. Nylas often omits the name, sometimes the address (docs: Messages, `from`)."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    name: str | None = None
    email: str | None = None


class Attachment(BaseModel):
    """Metadata of an attachment (docs: Attachments)."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    id: str
    filename: str | None = None
    content_type: str | None = None
    size: int | None = None
    """Approximate size in bytes. Nylas includes the overhead of the encoding."""
    content_id: str | None = None
    is_inline: bool = False


class Lane(StrEnum):
    """What caused an event.

    The fetch of a message has the lane of the notification, delta or audit that requests it; other fetches
    are `sync`.

    A lane does not prove that mail is new: a fetch that resolves a conflict publishes known content again, as
    `sync` (docs/read-your-mail.md).
    """

    LIVE = "live"
    """A notification after Nylas' first sync of the mailbox."""
    SYNC = "sync"
    """A delta that begins at a watermark."""
    BACKFILL = "backfill"
    """A listing of the whole mailbox, an audit, or a notification from Nylas' first sync of a mailbox."""


class MessageContent(GrantEvent):
    """The content of a message: large, and hardly ever changed."""

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
    """Nylas' `body`, unchanged unless `sanitised`."""
    received_at: UnixSeconds
    """Nylas' date. If it is missing or implausible: the time of the observation; then `sanitised` is true."""
    attachments: tuple[Attachment, ...]
    sanitised: bool = False
    """Whether a value was altered, cut or replaced because it could not be stored. The original may be in
    `mail.notifications.v1`."""
    content_hash: str
    """Digest of the content's fields as received, without ids of attachments. Equal digests mean equal
    content."""
    core_hash: str
    """Digest of the fields that a `message.updated` notification normally contains too: thread, subject,
    from, to, cc, body and date."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)

    @property
    def key(self) -> str:
        """The record's key: `grant/message/content`."""
        return f"{super().key}/{part(self.message_id)}/content"


class MessageState(GrantEvent):
    """The state of a message: its flags and folders, or that it is deleted. Small, and often changed."""

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
    """System roles such as `\\Inbox`. Only a role shows the purpose of a folder; a name does not."""
    deleted: bool = False

    @property
    def key(self) -> str:
        """The record's key: `grant/folder`."""
        return f"{super().key}/{part(self.folder_id)}"
