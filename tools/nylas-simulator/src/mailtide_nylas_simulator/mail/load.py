"""Loads a mailbox from an mbox file or a Maildir, with threads and folders. Malformed mail is loaded too."""

import base64
import hashlib
import mailbox as formats
import random
import re
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

from .ids import object_id
from .mailbox import Mailbox
from .mbox import NoMboxError, read_mbox
from .mime import header, parse, references, to_message
from .model import Folder, Message
from .provider_folders import flagged, starting_folders
from .spool import Spool

_FIRST_DATE = 1_000_000_000
_ANSWER = re.compile(r"(?i)^\s*((re|aw|fw|fwd|wg|sv|antw)(\[\d+\])?\s*:\s*)+")
_SHIFTED = re.compile(r"&([^-]*)-")
_Mail = tuple[bytes, str, str]
"""Raw bytes, flags in Maildir letters, name of the folder; if empty, flags and sender determine the folder."""


def mailbox_path(text: str) -> Path:
    """Return the path in a command line argument that must name an mbox file or a Maildir.

    Raises:
        ArgumentTypeError: The path does not exist, cannot be read, or is neither an mbox file nor a Maildir.
    """
    path = Path(text)
    try:
        next(_mails(path), None)
    except FileNotFoundError:
        if path.is_dir():
            raise ArgumentTypeError(f"{path} is not a Maildir: it lacks cur or new") from None
        raise ArgumentTypeError(f"there is no file or folder {path}") from None
    except NoMboxError as error:
        raise ArgumentTypeError(str(error)) from None
    except OSError as error:
        raise ArgumentTypeError(f"cannot read {path}: {error.strerror}") from None
    return path


def size_of(path: Path) -> int:
    """Return the number of bytes of an mbox file, or of all files of a Maildir."""
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return sum(each.stat().st_size for each in files)


def load_mailbox(
    path: Path,
    email: str,
    provider: str = "google",
    name: str = "",
    *,
    loaded: Callable[[int], None] = lambda _: None,
) -> Mailbox:
    """Load an mbox file or a Maildir. The message ids depend only on the mails, ``email`` and ``provider``.

    In the IMAP family, too, listings show mail of any age. Bodies and raw mails are copied to a temporary file.
    ``loaded`` is called after each mail, with the number of bytes of all loaded mails.

    Raises:
        FileNotFoundError: There is nothing at ``path``, or a folder that is not a Maildir.
        NoMboxError: The file is not an mbox file.
        OSError: The mail cannot be read, or the temporary file cannot be written.
    """
    if not path.exists():
        raise FileNotFoundError(f"there is no file or folder {path}")
    box = Mailbox(email, provider, name or email.partition("@")[0])
    for system in starting_folders(provider, random.Random(f"library:{email}"), 0):
        box.add_folder(system, announce=False)
    seen: dict[bytes, int] = {}
    threads, spool, size = _Threads(provider), Spool(), 0
    for number, (raw, flags, folder) in enumerate(_mails(path)):
        digest = hashlib.sha256(raw).digest()
        seen[digest] = seen.get(digest, 0) + 1
        mail = parse(raw)
        salt = f"{email}:{seen[digest]}"
        message = to_message(mail, raw, provider, salt, _FIRST_DATE + number, keep=spool.keep)
        _file(box, message, flags, folder)
        threads.place(message, mail)
        box.add(message, announce=False)
        size += len(raw)
        loaded(size)
    return box


class _Threads:
    """Assigns mails to threads: by the Message-IDs in their headers, or else by the subject of a reply."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._by_id: dict[str, str] = {}
        self._by_subject: dict[str, str] = {}

    def place(self, message: Message, mail: EmailMessage) -> None:
        """Set the thread id of a message, and remember the thread for later replies."""
        own, roots = header(mail, "message-id").strip(), _replied_to(message, mail)
        subject = _ANSWER.sub("", message.subject).strip().lower()
        found = next((self._by_id[root] for root in roots if root in self._by_id), None)
        if found is None and own in self._by_id:
            found = self._by_id[own]
        if found is None and subject and _ANSWER.match(message.subject):
            found = self._by_subject.get(subject)
        if found is None:
            found = message.id if self._provider == "google" else self._fresh(message.id)
        message.thread_id = found
        for known in (own, *roots):
            if known:
                self._by_id.setdefault(known, found)
        if subject:
            self._by_subject.setdefault(subject, found)

    def _fresh(self, message_id: str) -> str:
        return object_id(self._provider, random.Random(f"thread:{message_id}"), "thread")


def _replied_to(message: Message, mail: EmailMessage) -> list[str]:
    """Return the Message-IDs of earlier mails, without the addresses of people.

    Old programs write ``In-Reply-To: Message from Ben <ben@example.com> of "Fri, 5 May" <1@example.com>``
    (RFC 5322, 4.5.4). The address would join all threads with answers to Ben.
    """
    people = (*message.senders, *message.to, *message.cc, *message.reply_to)
    addresses = {f"<{one['email']}>".lower() for one in people}
    return [root for root in references(mail) if root.lower() not in addresses]


def _mails(path: Path) -> Iterator[_Mail]:
    if path.is_dir():
        root = formats.Maildir(path, create=False)
        try:
            yield from _of_maildir(root, "")
            for name in sorted(root.list_folders()):
                # Programs such as notmuch keep their own data in a folder whose name begins with a dot.
                if all((path / f".{name}" / part).is_dir() for part in ("cur", "new")):
                    yield from _of_maildir(root.get_folder(name), folder_name(name))
        finally:
            root.close()
        return
    for raw in read_mbox(path):
        yield raw, _mbox_flags(raw), ""


def folder_name(written: str) -> str:
    """Return the name of a folder whose directory's name is in modified UTF-7 (RFC 3501, 5.1.3).

    Mail servers encode such names so, and Python 3.11.7 does not decode them. A name in another form stays.
    """
    try:
        return _SHIFTED.sub(_unshifted, written)
    except ValueError:
        return written


def _unshifted(shifted: re.Match[str]) -> str:
    if not shifted[1]:
        return "&"
    padded = shifted[1].replace(",", "/") + "=" * (-len(shifted[1]) % 4)
    return base64.b64decode(padded, validate=True).decode("utf-16-be")


def _of_maildir(folder: formats.Maildir, name: str) -> Iterator[_Mail]:
    for key in sorted(folder.iterkeys()):
        yield folder.get_bytes(key), folder.get_message(key).get_flags(), name


def _mbox_flags(raw: bytes) -> str:
    """Return the flags ``S`` (read) and ``F`` (starred), by the headers Status and X-Status.

    A mail without letters there counts as read.
    """
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0].decode("latin-1")
    status = "".join(re.findall(r"(?im)^(?:x-)?status:[ \t]*(\w*)", head))
    return ("S" if "R" in status or not status else "") + ("F" if "F" in status else "")


def _file(box: Mailbox, message: Message, flags: str, folder: str) -> None:
    message.unread = "S" not in flags
    message.starred = "F" in flags
    mine = any(str(one.get("email", "")).lower() == box.email.lower() for one in message.senders)
    role = r"\Trash" if "T" in flags else r"\Sent" if mine else r"\Inbox"
    place = _named(box, folder) if folder else box.folder_of(role) or "INBOX"
    message.folders = flagged(box.provider, [place], unread=message.unread, starred=message.starred)


def _named(box: Mailbox, name: str) -> str:
    for folder in box.folders.values():
        if name.lower() in (folder.name.lower(), *(role.strip("\\").lower() for role in folder.attributes)):
            return folder.id
    made = Folder(box.new_folder_id(name, random.Random(f"{box.email}:{name}")), name)
    box.add_folder(made, announce=False)
    return made.id
