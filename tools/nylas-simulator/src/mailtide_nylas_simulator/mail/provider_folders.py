"""The initial folders of each provider, and how moves and flags change the folders of a message."""

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
    """Return the system folders of a provider, followed by ``extra`` folders of the owner."""
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
    """Return `folders`, at Google with the labels UNREAD and STARRED made to agree with the flags."""
    if provider != "google":
        return folders
    kept = [label for label in folders if label not in ("UNREAD", "STARRED")]
    return kept + ["UNREAD"] * unread + ["STARRED"] * starred


def moved(provider: str, folders: list[str], places: set[str], target: str) -> list[str]:
    """Return the folders of a message after a move to ``target``.

    Except at Google, that is the target only.

    Args:
        provider: The provider of the mailbox.
        folders: The folders before the move.
        places: The labels that a move removes at Google: inbox, trash and spam. Other labels stay.
        target: The folder to move to.
    """
    if provider != "google":
        return [target]
    return [target, *(label for label in folders if label not in places and label != target)]
