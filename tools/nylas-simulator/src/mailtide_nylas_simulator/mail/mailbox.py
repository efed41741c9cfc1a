"""A mailbox: its messages in the order of listings, its folders, and its changes."""

import bisect
import random
from collections.abc import Callable, Iterator

from .ids import object_id
from .model import Change, ChangeKind, Folder, Json, Message
from .provider_folders import flagged, moved

Listener = Callable[[Change], None]


class Mailbox:
    """The mail of a person at one provider, connected or not.

    Args:
        email: The address, which identifies the mailbox.
        provider: ``google``, ``microsoft``, ``imap`` …; determines ids, folders and labels.
        name: The name of the owner.
        cache_days: Days that Nylas' IMAP cache holds (docs: Using IMAP accounts and data); None: no limit.
        first_listed: How many of the newest messages are listed until Nylas' own first sync ends; None: all.
    """

    def __init__(
        self,
        email: str,
        provider: str,
        name: str,
        cache_days: int | None = None,
        first_listed: int | None = None,
    ) -> None:
        self.email = email
        self.provider = provider
        self.name = name
        self.cache_days = cache_days
        self.first_listed = first_listed
        self.folders: dict[str, Folder] = {}
        self.messages: dict[str, Message] = {}
        self.deleted: list[str] = []
        self.threads: dict[str, dict[str, None]] = {}
        self.listener: Listener | None = None
        self._order: list[tuple[int, int, str]] = []
        self._arrivals = 0

    def folder_of(self, role: str) -> str | None:
        r"""Return the id of the folder with an attribute such as ``\Trash``, or None if there is none."""
        return next((folder.id for folder in self.folders.values() if role in folder.attributes), None)

    def new_folder_id(self, name: str, draw: random.Random) -> str:
        """Return an id in the provider's form for a new folder. In the IMAP family, the id is the name."""
        if self.provider == "google":
            return f"Label_{len(self.folders) + 1}{draw.getrandbits(16)}"
        if self.provider in ("microsoft", "ews"):
            return object_id(self.provider, draw, "folder")
        return name

    def create_folder(self, name: str, draw: random.Random, parent_id: str | None = None) -> Folder | None:
        """Create a folder, call the listener, and return the folder.

        Return None if the id, which is the name in the IMAP family, is taken.
        """
        folder = Folder(self.new_folder_id(name, draw), name, parent_id=parent_id)
        if folder.id in self.folders:
            return None
        self.add_folder(folder)
        return folder

    def add_folder(self, folder: Folder, *, announce: bool = True) -> None:
        """Add a folder, or replace the one with the same id. With ``announce``, call the listener."""
        known = folder.id in self.folders
        self.folders[folder.id] = folder
        if announce:
            self._notify("folder.updated" if known else "folder.created", folder=folder)

    def remove_folder(self, folder_id: str) -> None:
        """Remove a folder, and messages that are in no other folder. Call the listener for each change."""
        folder = self.folders.pop(folder_id)
        for message in [m for m in self.messages.values() if folder_id in m.folders]:
            rest = [name for name in message.folders if name != folder_id]
            if rest:
                self.update(message.id, folders=rest)
            else:
                self.remove(message.id)
        self._notify("folder.deleted", folder=folder)

    def add(self, message: Message, *, announce: bool = True) -> None:
        """Add a message, or replace the one with the same id. With ``announce``, call the listener."""
        known = self.messages.get(message.id)
        if known is not None:
            self.unlist(known)
        elif message.id in self.deleted:
            self.deleted.remove(message.id)
        self._arrivals += 1
        message.place = (message.date, self._arrivals)
        self.messages[message.id] = message
        self.threads.setdefault(message.thread_id, {})[message.id] = None
        bisect.insort(self._order, (*message.place, message.id))
        if announce:
            self._notify("message.created" if known is None else "message.updated", message=message)

    def update(
        self,
        message_id: str,
        *,
        unread: bool | None = None,
        starred: bool | None = None,
        folders: list[str] | None = None,
        metadata: Json | None = None,
    ) -> Message:
        """Change the given parts of a message, and return it. Call the listener, even if nothing differs.

        At Google, the labels UNREAD and STARRED then agree with the flags: given flags change the labels, and
        otherwise given ``folders`` change the flags.

        Values in ``raw`` for flags, folders and metadata are discarded.
        """
        message = self.messages[message_id]
        message.unread = message.unread if unread is None else unread
        message.starred = message.starred if starred is None else starred
        message.metadata = message.metadata if metadata is None else metadata
        if folders is not None:
            message.folders = list(dict.fromkeys(folders))
            if self.provider == "google" and unread is None:
                message.unread = "UNREAD" in message.folders
            if self.provider == "google" and starred is None:
                message.starred = "STARRED" in message.folders
        message.folders = flagged(
            self.provider, message.folders, unread=message.unread, starred=message.starred
        )
        for name in ("unread", "starred", "folders", "metadata"):
            message.raw.pop(name, None)
        self._notify("message.updated", message=message)
        return message

    def move(self, message_id: str, folder_id: str) -> Message:
        """Move a message to a folder. At Google, labels other than inbox, trash and spam stay."""
        places = {place for role in (r"\Inbox", r"\Trash", r"\Junk") if (place := self.folder_of(role))}
        return self.update(
            message_id,
            folders=moved(self.provider, self.messages[message_id].folders, places, folder_id),
        )

    def trash(self, message_id: str) -> Message:
        """Move a message to the trash, where it can still be read."""
        return self.move(message_id, self.folder_of(r"\Trash") or "TRASH")

    def remove(self, message_id: str) -> None:
        """Delete a message permanently, add its id to ``deleted``, and call the listener."""
        message = self.messages.pop(message_id)
        self.unlist(message)
        self.deleted.append(message_id)
        self._notify("message.deleted", message=message)

    def newest_first(
        self, after: tuple[int, int] | None = None, before: int | None = None
    ) -> Iterator[Message]:
        """Yield the messages, newest first.

        Args:
            after: The ``place`` of a message. Only messages that follow it in the listing are yielded.
            before: Unix seconds. Only messages with an earlier date are yielded.
        """
        end = len(self._order)
        if after is not None:
            end = bisect.bisect_left(self._order, (*after, ""))
        if before is not None:
            end = min(end, bisect.bisect_left(self._order, (before, 0, "")))
        for at in range(end - 1, -1, -1):
            yield self.messages[self._order[at][2]]

    def unsynced(self) -> set[str]:
        """Return the ids of the messages that Nylas' own first sync has not reached; none after its end."""
        if self.first_listed is None:
            return set()
        return {message.id for message in list(self.newest_first())[self.first_listed :]}

    def counts(self) -> dict[str, tuple[int, int]]:
        """Return, by folder id, the numbers of all messages and of unread messages."""
        found: dict[str, tuple[int, int]] = dict.fromkeys(self.folders, (0, 0))
        for message in self.messages.values():
            for folder_id in message.folders:
                total, unread = found.get(folder_id, (0, 0))
                found[folder_id] = (total + 1, unread + message.unread)
        return found

    def unlist(self, message: Message) -> None:
        """Remove a message from the listing and from its thread, but not from ``messages``."""
        key = (*message.place, message.id)
        at = bisect.bisect_left(self._order, key)
        if at < len(self._order) and self._order[at] == key:
            del self._order[at]
        members = self.threads.get(message.thread_id, {})
        members.pop(message.id, None)
        if not members:
            self.threads.pop(message.thread_id, None)

    def _notify(self, kind: ChangeKind, message: Message | None = None, folder: Folder | None = None) -> None:
        if self.listener is None:
            return
        object_id = message.id if message is not None else folder.id if folder is not None else ""
        self.listener(Change(kind, self.email, message, folder, object_id))
