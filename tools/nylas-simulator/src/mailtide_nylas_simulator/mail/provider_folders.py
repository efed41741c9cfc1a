"""The folders that each provider gives a new mailbox, and what moving and flagging do to a message's folders."""

import random

from .ids import object_id
from .model import Folder

_ROLES = (
    ("Inbox", r"\Inbox"),
    ("Sent", r"\Sent"),
    ("Drafts", r"\Drafts"),
    ("Trash", r"\Trash"),
    ("Junk", r"\Junk"),
    ("Archive", r"\Archive"),
)
_GOOGLE_SYSTEM = {
    "INBOX": [r"\Inbox"],
    "SENT": [r"\Sent"],
    "DRAFT": [r"\Drafts"],
    "TRASH": [r"\Trash"],
    "SPAM": [r"\Junk"],
    "UNREAD": [],
    "STARRED": [],
    "IMPORTANT": [],
    "CATEGORY_PERSONAL": [],
    "CATEGORY_PROMOTIONS": [],
    "CATEGORY_UPDATES": [],
}
_MICROSOFT_NAMES = {
    r"\Inbox": "Posteingang",
    r"\Sent": "Sent Items",
    r"\Drafts": "Drafts",
    r"\Trash": "Deleted Items",
    r"\Junk": "Junk Email",
    r"\Archive": "Archive",
}
_OWN = (
    "Clients",
    "Clients/Übersee",
    "Invoices 2026",
    "Newsletters",
    "Projekte & Pläne",
    "Receipts",
    "School",
    "Travel",
    "Travel/2025",
    "旅行",
)


def starting_folders(provider: str, draw: random.Random, extra: int) -> list[Folder]:
    """The system folders of a provider and ``extra`` ones that the owner made."""
    own = [_OWN[n] if n < len(_OWN) else f"Folder {n + 1}" for n in range(extra)]
    if provider == "google":
        system = [Folder(name, name, list(roles), system=True) for name, roles in _GOOGLE_SYSTEM.items()]
        return system + [Folder(f"Label_{n + 1}", name) for n, name in enumerate(own)]
    if provider in ("microsoft", "ews"):
        system = [
            Folder(object_id(provider, draw, "folder"), _MICROSOFT_NAMES[role], [role], system=True)
            for _, role in _ROLES
        ]
        return system + [Folder(object_id(provider, draw, "folder"), name) for name in own]
    system = [
        Folder("INBOX" if name == "Inbox" else name, name, [role], system=True) for name, role in _ROLES
    ]
    return system + [Folder(name, name.rsplit("/", 1)[-1]) for name in own]


def flagged(provider: str, folders: list[str], *, unread: bool, starred: bool) -> list[str]:
    """The folders after a flag changed: Gmail keeps unread and starred as labels, the others do not."""
    if provider != "google":
        return folders
    kept = [label for label in folders if label not in ("UNREAD", "STARRED")]
    return kept + ["UNREAD"] * unread + ["STARRED"] * starred


def moved(provider: str, folders: list[str], places: set[str], target: str) -> list[str]:
    """The folders after a move to ``target``: a Gmail message keeps its other labels, elsewhere it has one place.

    Args:
        provider: Whose mailbox it is.
        folders: Where the message is.
        places: Folders that count as the place of a Gmail message (inbox, trash, spam).
        target: Where it goes.
    """
    if provider != "google":
        return [target]
    return [target, *(label for label in folders if label not in places and label != target)]
